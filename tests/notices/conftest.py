"""Somebody to write to."""

import pytest

from tests.notices.ladder_kit import reachable


@pytest.fixture
def leader(session):
    """Somebody who can be reached in every way."""
    return reachable(session, "+66812345678", "U1")
