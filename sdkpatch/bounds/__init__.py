"""Text, patterns and nesting of others, kept in bounds: what they cost, and what they may do where they are shown."""
