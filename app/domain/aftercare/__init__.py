"""After check-in: problems that guests report, deposits and claims on them."""
