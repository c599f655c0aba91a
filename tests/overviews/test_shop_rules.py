"""The storefront's arithmetic: progress, parts of a price, price of a kilogram, typos."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.overviews.shop.rules import (
    MoneyRow,
    Progress,
    makers_share,
    price_parts,
    price_per_measure,
    progress,
    share_of_hundred,
)

CHAIN = {
    "inputs": 1407,
    "production": 1172,
    "processing": 704,
    "quality_packing": 657,
    "gathering": 469,
    "coordination": 281,
}
satang = st.integers(1, 10**8)


def test_rice_parts_are_those_of_the_picture() -> None:
    parts = price_parts(7000, 4729, CHAIN)
    assert [part.satang for part in parts] == [2271, 1892, 1419, 662, 756]
    assert makers_share(parts) == 5582


@given(satang, satang, st.dictionaries(st.sampled_from(sorted(CHAIN)), satang, min_size=1))
def test_parts_add_up_to_the_price(price: int, cost: int, chain: dict[str, int]) -> None:
    parts = price_parts(price, cost, chain)
    assert sum(part.satang for part in parts) == price
    assert all(part.satang >= 0 for part in parts)


def test_without_a_chain_no_number_is_invented() -> None:
    assert price_parts(7000, 4729, {}) == ()


@given(st.integers(1, 100_000), st.integers(0, 100_000), st.integers(0, 100))
def test_what_the_round_took_from_the_price_is_not_the_makers(
    price: int, cost: int, per_cent: int
) -> None:
    group = price * per_cent // 100
    parts = price_parts(price, cost, CHAIN, group)
    assert sum(part.satang for part in parts) == price
    assert min(part.satang for part in parts) >= 0
    assert makers_share(parts) <= group
    assert share_of_hundred(MoneyRow(weights=(), tambons=0)) == ()


@given(st.lists(st.integers(0, 10**12), min_size=5, max_size=5).filter(any))
def test_shares_of_a_hundred_add_up(amounts: list[int]) -> None:
    keys = ("surplus", "labour", "material", "packing", "transport")
    parts = share_of_hundred(MoneyRow(weights=tuple(zip(keys, amounts, strict=True)), tambons=1))
    assert sum(part.satang for part in parts) == 10_000


@pytest.mark.parametrize(
    ("ordered", "minimum", "left", "state"),
    [
        (0, 20, 100, Progress.BELOW),
        (19, 20, 81, Progress.BELOW),
        (20, 20, 80, Progress.CERTAIN),
        (100, 20, 0, Progress.FULL),
        (10, 20, 0, Progress.FULL),
    ],
)
def test_progress(ordered: int, minimum: int, left: int, state: Progress) -> None:
    assert progress(ordered, minimum, left) is state


@pytest.mark.parametrize(
    ("price", "pack", "shown"),
    [
        (7000, "1 kg", (7000, "kg")),
        (27000, "5 kg", (5400, "kg")),
        (15000, "250 g", (60000, "kg")),
        (6500, "700 ml", (9286, "l")),
        (12000, "10 eggs", None),
        (97000, "1x2 m", None),
        (100, "0 g", None),
    ],
)
def test_price_of_a_kilogram(price: int, pack: str, shown: tuple[int, str] | None) -> None:
    assert price_per_measure(price, pack) == shown
