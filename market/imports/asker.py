"""Which kinds of sheet the asker of a request may bring in. Part of the edge."""

from __future__ import annotations

from market.errors import NotFound
from market.imports.rules import ImportKind
from market.web import Denied, can


def may_bring(kind: ImportKind) -> bool:
    """May they, anywhere?"""
    return can(f"import.{kind}", area="")


def kind_named(name: str) -> ImportKind:
    """A kind that the asker may bring in. Denied for others, NotFound for none at all."""
    if name not in set(ImportKind):
        raise NotFound("not_found", what="kind")
    kind = ImportKind(name)
    if not may_bring(kind):
        raise Denied
    return kind
