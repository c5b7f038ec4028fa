"""The long proofs: crashes, full disks, races, ignore files, builds and fuzzing; see docs/reliability.md."""
