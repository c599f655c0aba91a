"""A shortfall."""

import pytest

from tests.matching.short_kit import make_short


@pytest.fixture
def short(session):
    """One group said no to 20 bags of two buyers; another has room for 30 in lots of 10."""
    return make_short(session)
