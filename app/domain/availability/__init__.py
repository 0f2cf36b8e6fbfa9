"""Which nights of a flat are taken: the timeline of occupancies and the ring of nights that search reads."""
