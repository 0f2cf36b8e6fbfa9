"""Double entry: every tenge that moves is posted once, and every posting sums to zero."""
