"""The only code that writes: all files of a plan, or none."""
