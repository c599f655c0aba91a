"""The year of the goods: when each is made, and the rounds that come next."""
