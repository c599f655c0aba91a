"""Reads of those who care for groups."""
