"""The map of the communities: provinces, and in each its groups and pick-up points."""
