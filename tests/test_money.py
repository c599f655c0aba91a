"""Money adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.money import format_baht, satang, split_by_weights


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up_and_are_within_one_satang_of_exact(total, weights):
    if not sum(weights):
        with pytest.raises(ValueError, match="not all zero"):
            split_by_weights(total, weights)
        return
    parts = split_by_weights(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


def test_baht_become_satang_and_three_decimals_are_refused():
    assert satang("81.89") == 8189
    with pytest.raises(Refused):
        satang("1.005")


def test_satang_are_shown_only_when_there_are_any():
    assert format_baht(125000) == "฿1,250"
    assert format_baht(8189) == "฿81.89"
    assert format_baht(-500) == "-฿5"
