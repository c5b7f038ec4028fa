"""Benchmarks: figures side by side with the peers, in one run."""
