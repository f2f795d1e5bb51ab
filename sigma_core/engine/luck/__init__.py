"""How much of a sweep's result luck explains: what is computed over all of its trials at once."""
