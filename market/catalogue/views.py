"""The catalogue's own pages."""

from __future__ import annotations

from market.catalogue.channels.views import bp as channels
from market.catalogue.photos.views import bp as photos
from market.catalogue.synonyms.views import bp as synonyms

BLUEPRINTS = (channels, photos, synonyms)
