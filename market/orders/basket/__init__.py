"""The basket: goods by round, before the checkout."""
