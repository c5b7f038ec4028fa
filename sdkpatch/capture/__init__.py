"""Turn hand edits into patches: propose steps, let the planner apply them, keep what leads to the edited tree."""
