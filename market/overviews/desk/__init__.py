"""A group's own page: what to do next."""
