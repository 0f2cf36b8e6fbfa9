"""Refusals in words: the texts of domain errors, in one place for every edge."""
