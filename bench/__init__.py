"""Benchmarks: `python -m bench` (or `make bench`) measures the product and prints a table. Not tests."""
