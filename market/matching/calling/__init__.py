"""Calls to groups that do not answer: what was tried, and answering on their behalf."""
