"""Rounds ahead of time: templates that repeat, days without work, copies of a round."""
