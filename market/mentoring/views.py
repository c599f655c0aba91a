"""The pages of those who care for groups, and what a group sees of it."""

from __future__ import annotations

BLUEPRINTS = ()
