"""Measurements against named alternatives; see benchmarks/README.md."""
