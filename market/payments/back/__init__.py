"""A buyer's money on its way back, and credit to pay with."""
