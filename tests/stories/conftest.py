"""Processes of the market for stories about crashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask

from tests.stories.match_kit import clusters
from tests.stories.processes import Start, starter


@pytest.fixture
def start(settings: Mapping[str, str]) -> Iterator[Start]:
    """Start a program of the market in a process of its own; killed afterwards."""
    with starter(settings) as start_one:
        yield start_one


@pytest.fixture
def round_id(committed: Flask) -> int:
    """A closed round whose match has several pieces a step; its groups have leaders."""
    return clusters()
