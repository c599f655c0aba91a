"""The pages that cross subjects, collected for the application: one line a package."""

from __future__ import annotations

from market.overviews.shop import views as shop

BLUEPRINTS = (shop.bp,)
