"""What maintainers run by make: ``make docs`` and ``make operation``."""
