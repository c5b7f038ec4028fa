"""Patterns: Python source with metavariables, matched on ``ast`` and turned into edits of the text."""
