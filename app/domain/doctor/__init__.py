"""The doctor: what must be true of the whole database, looked at from outside the code that keeps it true.

One module a group of checks, one function a check. Read-only, set-based, and without personal data in what is said.
"""
