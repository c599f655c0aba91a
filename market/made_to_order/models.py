"""Requests for what is on no shelf, the groups asked, and what they answer."""
