"""All lines of a planned round on one page: looked through, changed, changed in bulk."""
