"""Who could make what is asked for."""
