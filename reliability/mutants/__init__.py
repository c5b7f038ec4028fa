"""Prove the prover: a mutation test of ``sdkpatch verify``, decided by an oracle that shares no code with it."""
