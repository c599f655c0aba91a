"""The storefront: looking around in what the rounds offer. Reads only."""
