"""Somebody who leaves, and where files are."""

import pytest

from market.files import Folder
from tests.overviews.leaver_kit import make_leaver


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "files")


@pytest.fixture
def leaver(session):
    """Somebody who has done everything one can do here."""
    return make_leaver(session)
