"""Waiting for a match: how far it is, and stopping it."""
