"""Parcels: their addresses, labels and carrier's numbers."""
