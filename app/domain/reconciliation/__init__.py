"""Reconciliation: our books of an Almaty day against Kaspi's statement, and what is done about the differences."""
