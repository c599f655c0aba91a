"""What people call things, edited by the market; the search knows at once."""
