"""Telling people: texts of each kind in each language, and their delivery. Called from jobs."""
