"""Small matching instances for the engine's tests: hand-made and drawn by Hypothesis."""

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from market.matching.engine.problem import Problem

Tables = dict[str, dict[str, list[int]]]

ROUND: Tables = {
    "zones": {"province": [0, 0], "region": [0, 1], "x_m": [0, 9000], "y_m": [0, 0]},
    "products": {
        "weight_g": [1000, 500],
        "shippable": [0, 1],
        "cert": [0, 0],
        "category": [0, 0],
        "ref_price": [5000, 10000],
    },
    "groups": {
        "zone": [0, 0, 1],
        "cert": [0, 0, 0],
        "shared_cap": [-1, -1, -1],
        "entitlement": [100_000, 100_000, 100_000],
    },
    "offers": {
        "group": [0, 1, 2],
        "product": [0, 0, 1],
        "cap": [10, 10, 10],
        "min_batch": [0, 0, 0],
        "lot": [1, 1, 1],
        "price": [5000, 5000, 10000],
        "lead": [0, 0, 0],
        "use_per_unit": [0, 0, 0],
    },
    "lanes": {
        "group": [0, 1, 2],
        "zone": [0, 0, 1],
        "cost_per_kg": [500, 500, 500],
        "fixed_cost": [0, 0, 0],
        "max_weight_g": [0, 0, 0],
    },
    "post": {
        "from_region": [0, 0, 1, 1],
        "to_region": [0, 1, 0, 1],
        "cost_per_kg": [2500, 4000, 4000, 2500],
    },
    "lines": {
        "order": [0, 1, 2],
        "product": [0, 0, 1],
        "zone": [0, 0, 0],
        "date": [0, 0, 0],
        "qty": [6, 4, 5],
        "insist": [-1, -1, -1],
        "prio": [2, 2, 2],
        "seq": [0, 1, 2],
    },
    "frozen": {"line": [], "group": [], "mode": [], "qty": []},
}


def tables(**changes: dict[str, list[int]]) -> Tables:
    """The sample round with some columns replaced: tables(offers={"cap": [1, 1, 1]})."""
    new = {name: dict(columns) for name, columns in ROUND.items()}
    for name, columns in changes.items():
        new[name].update(columns)
    return new


def problem(**changes: dict[str, list[int]]) -> Problem:
    """The sample round as a problem."""
    return Problem.from_tables(tables(**changes))


def _columns(draw: Any, size: int, **choices: Sequence[int]) -> dict[str, list[int]]:
    return {name: draw(_some(tuple(among), size)) for name, among in choices.items()}


@cache
def _some(among: tuple[int, ...], size: int) -> st.SearchStrategy[list[int]]:
    """Made once for all examples: making it takes longer than drawing from it."""
    return st.lists(st.sampled_from(among), min_size=size, max_size=size)


@cache
def _pairs(left: int, right: int, least: int, most: int) -> st.SearchStrategy[list[Any]]:
    every = tuple(itertools.product(range(left), range(right)))
    return st.lists(st.sampled_from(every), min_size=least, max_size=most, unique=True)


@st.composite
def rounds(draw: Any, *, lanes_limited: bool = True) -> Tables:
    """A round of up to 4 groups, 3 products, 3 zones, 10 lines with every rule in play."""
    zones, products, groups = (draw(st.integers(1, top)) for top in (3, 3, 4))
    found = {
        "zones": _columns(draw, zones, province=[0], region=range(2),
                          x_m=[0], y_m=[0]),
        "products": _columns(draw, products, weight_g=[100, 500, 1000],
                             shippable=range(2), cert=[0, 0, 0, 1],
                             category=[0], ref_price=[1000, 5000, 12000]),
        "groups": _columns(draw, groups, zone=range(zones), cert=[0, 1, 3],
                           shared_cap=[-1, -1, 6, 20],
                           entitlement=[10_000, 50_000, 90_001]),
    }  # fmt: skip
    pairs = draw(_pairs(groups, products, 1, 5))
    found["offers"] = {
        "group": [pair[0] for pair in pairs],
        "product": [pair[1] for pair in pairs],
        **_columns(draw, len(pairs), cap=range(13), min_batch=[0, 0, 3, 6],
                   lot=[1, 1, 2, 5], price=[900, 1000, 1100], lead=[0, 0, 1],
                   use_per_unit=[0, 1, 2]),
    }  # fmt: skip
    ends = draw(_pairs(groups, zones, 0, 8))
    found["lanes"] = {
        "group": [end[0] for end in ends],
        "zone": [end[1] for end in ends],
        **_columns(draw, len(ends), cost_per_kg=[300, 700], fixed_cost=[0, 0, 3000],
                   max_weight_g=[0, 0, 2500] if lanes_limited else [0]),
    }  # fmt: skip
    regions = draw(_pairs(2, 2, 0, 4))
    found["post"] = {
        "from_region": [pair[0] for pair in regions],
        "to_region": [pair[1] for pair in regions],
        **_columns(draw, len(regions), cost_per_kg=[2500, 4000]),
    }
    size = draw(st.integers(0, 10))
    found["lines"] = {
        "order": list(range(size)),
        "seq": list(range(size)),
        **_columns(draw, size, product=range(products),
                   zone=range(zones), date=range(2), qty=range(7),
                   insist=[-1, -1, -1, *range(groups)], prio=range(3),
                   ceiling=[-1, -1, 1000]),
    }  # fmt: skip
    found["frozen"] = {"line": [], "group": [], "mode": [], "qty": []}
    return found


def most_units(made: Tables) -> int:
    """Most units by trying every number of lots of every offer (lanes without weight limit)."""
    offers, lines = range(len(made["offers"]["group"])), range(len(made["lines"]["qty"]))
    ways = [(row, line) for row in offers for line in lines if _may_serve(made, row, line)]
    choices = [_totals(made, row)[::-1] for row in offers]
    best, wanted = 0, sum(made["lines"]["qty"])
    for totals in itertools.product(*choices):
        units = sum(totals)
        if best < units <= wanted and _hours_hold(made, totals) and _fits(made, ways, totals):
            best = units
    return best


def _totals(made: Tables, row: int) -> list[int]:
    offers = {name: column[row] for name, column in made["offers"].items()}
    lot = max(1, offers["lot"])
    return [n for n in range(0, offers["cap"] + 1, lot) if n == 0 or n >= offers["min_batch"]]


def _hours_hold(made: Tables, totals: tuple[int, ...]) -> bool:
    used = [0] * len(made["groups"]["zone"])
    for row, units in enumerate(totals):
        used[made["offers"]["group"][row]] += units * made["offers"]["use_per_unit"][row]
    limits = made["groups"]["shared_cap"]
    return all(limit < 0 or hours <= limit for hours, limit in zip(used, limits, strict=True))


def _fits(made: Tables, ways: list[tuple[int, int]], totals: tuple[int, ...]) -> bool:
    size = 2 + len(totals) + len(made["lines"]["qty"])
    pipe = np.zeros((size, size), dtype=np.int32)
    for row, units in enumerate(totals):
        pipe[0, 2 + row] = units
    for row, line in ways:
        pipe[2 + row, 2 + len(totals) + line] = totals[row]
    pipe[2 + len(totals) :, 1] = made["lines"]["qty"]
    return int(maximum_flow(csr_array(pipe), 0, 1).flow_value) == sum(totals)


def _may_serve(made: Tables, row: int, line: int) -> bool:
    offer = {name: column[row] for name, column in made["offers"].items()}
    want = {name: column[line] for name, column in made["lines"].items()}
    group, product = offer["group"], offer["product"]
    needs = made["products"]["cert"][product]
    ends = zip(made["lanes"]["group"], made["lanes"]["zone"], strict=True)
    region = made["zones"]["region"]
    pair = (region[made["groups"]["zone"][group]], region[want["zone"]])
    posts = zip(made["post"]["from_region"], made["post"]["to_region"], strict=True)
    by_post = made["products"]["shippable"][product] == 1 and pair in set(posts)
    return (
        want["product"] == product
        and needs & ~made["groups"]["cert"][group] == 0
        and offer["lead"] <= want["date"]
        and want["insist"] in (-1, group)
        and (want["ceiling"] < 0 or offer["price"] <= want["ceiling"])
        and ((group, want["zone"]) in set(ends) or by_post)
    )


def shuffled(made: Tables, seed: int) -> tuple[Tables, list[int]]:
    """Rows of lines, offers, lanes and post in another order; the old number of each line."""
    rng = np.random.default_rng(seed)
    new = {name: dict(columns) for name, columns in made.items()}
    lines: list[int] = []
    for name in ("lines", "offers", "lanes", "post"):
        size = len(next(iter(made[name].values())))
        order = rng.permutation(size).tolist()
        new[name] = {column: [values[i] for i in order] for column, values in made[name].items()}
        lines = order if name == "lines" else lines
    back = {old: now for now, old in enumerate(lines)}
    new["frozen"] = {**made["frozen"], "line": [back[line] for line in made["frozen"]["line"]]}
    return new, lines


def could_take_more(made: Tables, served: list[int], sold: list[int]) -> list[int]:
    """Rows of offers that could sell more to unserved lines with nothing else moved."""
    offers = made["offers"]
    used = [0] * len(made["groups"]["zone"])
    for row, units in enumerate(sold):
        used[offers["group"][row]] += units * offers["use_per_unit"][row]
    found = []
    for row, units in enumerate(sold):
        wanted, lines = made["lines"]["qty"], range(len(served))
        room = sum(wanted[line] - served[line] for line in lines if _may_serve(made, row, line))
        room = min(room, offers["cap"][row] - units)
        limit, use = made["groups"]["shared_cap"][offers["group"][row]], offers["use_per_unit"][row]
        if limit >= 0 and use:
            room = min(room, (limit - used[offers["group"][row]]) // use)
        lot = max(1, offers["lot"][row])
        least = lot if units else max(lot, offers["min_batch"][row])
        if room // lot * lot >= least:
            found.append(row)
    return found
