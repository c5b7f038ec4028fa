"""Names across the modules of a tree, before and after a run: what leads nowhere is a conflict."""
