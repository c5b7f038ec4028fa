"""A Python file as text and syntax tree: its index, its names, its layout, and edits that leave all else alone."""
