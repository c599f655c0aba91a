"""Where a signed-in buyer has things sent."""
