"""Files of every release."""
