"""Campaigns: some goods told about for some days. Prices stay what they are."""
