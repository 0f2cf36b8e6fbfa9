"""Kaspi: the port that the product uses, and its adapters."""
