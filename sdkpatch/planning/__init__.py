"""From a tree and patches to a proved plan. Writes nothing."""
