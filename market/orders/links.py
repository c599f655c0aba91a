"""Links that open something to whoever has them. Pure.

A token is made from the row with the market's own key, so its owner can be shown it again while
the database holds only its hash: a stolen copy of the database opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

TOKEN_BYTES = 24


def share_token(secret: str, what: str) -> str:
    """The token of ``what``, such as ``together:7:1``; another word makes another token."""
    digest = hmac.new(secret.encode(), f"share-link:{what}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


def basket_token(secret: str, basket_id: int, serial: int) -> str:
    """The token of a shared basket's link; a new serial makes the old one worthless."""
    return share_token(secret, f"together:{basket_id}:{serial}")
