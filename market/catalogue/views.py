"""The catalogue's own pages."""

from __future__ import annotations

from market.catalogue.photos.views import bp as photos

BLUEPRINTS = (photos,)
