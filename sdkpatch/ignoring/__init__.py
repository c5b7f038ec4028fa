"""What Fern makes of a ``.fernignore``: its readers, what is wrong with a line, and the next generation tried out."""
