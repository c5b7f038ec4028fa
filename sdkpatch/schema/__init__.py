"""Declared TOML tables: one declaration checks, documents and prints a schema; and where a key stands in its file."""
