"""Processes of the market for stories about crashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.stories.processes import Start, starter


@pytest.fixture
def start(settings: Mapping[str, str]) -> Iterator[Start]:
    """Start a program of the market in a process of its own; killed afterwards."""
    with starter(settings) as start_one:
        yield start_one
