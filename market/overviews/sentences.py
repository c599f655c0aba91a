"""Refusals of the pages that cross subjects, collected for the application."""

from __future__ import annotations

from market.overviews.shop import sentences as shop

SENTENCES = {**shop.SENTENCES}
