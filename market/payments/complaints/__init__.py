"""Goods that were not right: the buyer says so, a person decides."""
