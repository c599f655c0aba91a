"""The pages that cross subjects, each in a package of its own."""

from __future__ import annotations

import importlib
import importlib.util

PAGES = ("shop", "order_page", "desk", "board", "help", "play")
BLUEPRINTS = tuple(
    importlib.import_module(f"market.overviews.{name}.views").bp
    for name in PAGES
    if importlib.util.find_spec(f"market.overviews.{name}") is not None
    and importlib.util.find_spec(f"market.overviews.{name}.views") is not None
)
