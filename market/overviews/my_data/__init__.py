"""Everything kept about a person: taken away, and forgotten."""
