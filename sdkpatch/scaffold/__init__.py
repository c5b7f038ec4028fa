"""What ``sdkpatch init`` finds out about an SDK repository, and the files it writes there."""
