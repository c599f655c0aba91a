"""Where the market is reached, for what machines read."""

from __future__ import annotations

from flask import current_app, request

from market.overviews.community.seo import Site
from market.web import language

NAME = "ตลาดลอยฟ้า"


def site() -> Site:
    """This market, in the language of the page."""
    base: str = current_app.extensions["market_config"].public_url
    return Site(base=base or request.host_url.rstrip("/"), name=NAME, language=language())
