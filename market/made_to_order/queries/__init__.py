"""Reads of requests."""
