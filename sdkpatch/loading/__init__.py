"""From files to patches: project files, patch files, parameters and templates."""
