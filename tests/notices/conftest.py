"""Somebody to write to."""

import pytest

from tests.fakes.imap_server import fake_imap
from tests.notices.ladder_kit import reachable


@pytest.fixture
def leader(session):
    """Somebody who can be reached in every way."""
    return reachable(session, "+66812345678", "U1")


@pytest.fixture
def box():
    """A mailbox on a real socket."""
    with fake_imap() as started:
        yield started
