"""Background work: thin edges that call the domain and the providers. A job's arguments are ids only."""
