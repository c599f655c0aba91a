"""Reasons: for each offer the rule that bound it, for each short line what stopped each group.

Codes and whole numbers only; the edge turns them into sentences.

Offer codes, in the order they are looked for:
certificate (missing)        the group does not hold the bits the product needs
no_demand                    nobody ordered the product
lead | insisted_elsewhere | price_ceiling | reach
                             there is demand, none that this offer may serve; most is lost so
no_capacity | batch_above_capacity   the offer's own numbers allow no unit
own_capacity                 everything it offered is sold
shared_hours (hours_left)    the group's hours are used up by its products
below_min_batch (short)      too little was left to reach the minimum batch
lot_remainder (left)         what is left, of capacity or demand, is less than a lot
lane_weight                  what is left lies behind full own lanes
market_full (groups, offered, bought, level_permille)   all reachable demand is served
tolerance                    within the stated gap of the solve
"""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import BoolArray, IntArray, join_sorted, sums
from market.matching.engine.evidence import Evidence, direct_only, gather_evidence, markets
from market.matching.engine.network import Network, price_rank
from market.matching.engine.plan import Plan
from market.matching.engine.problem import Problem

LOST_CODES = ("lead", "insisted_elsewhere", "price_ceiling", "reach")
OFFER_CODES = (
    "below_min_batch", "shared_hours", "lane_weight", "lot_remainder", "own_capacity",
    "tolerance", "market_full", "batch_above_capacity", "no_capacity",
)  # fmt: skip
REFUSAL_CODES = ("reach", "price_ceiling", "lead", "certificate", "insisted_elsewhere")
# The nearest miss first: a line's code is the first of these that stopped any group.
LINE_CODES = (*OFFER_CODES[:7], *REFUSAL_CODES, *OFFER_CODES[7:], "no_offer")


@dataclass(frozen=True)
class OfferReason:
    """Why one offer sold so many. row: of the offers table; data: whole numbers by name."""

    row: int
    group: int
    product: int
    code: str
    data: dict[str, int]


@dataclass(frozen=True)
class LineReason:
    """Why a line got less than ordered. data: unserved units, and groups by what stopped them."""

    line: int
    code: str
    data: dict[str, int]


@dataclass(frozen=True)
class Reasons:
    """Offers in the order of the problem's table, lines by number."""

    offers: tuple[OfferReason, ...]
    lines: tuple[LineReason, ...]


def explain(problem: Problem, plan: Plan) -> Reasons:
    """The binding rule of every offer and of every line that is not served in full."""
    evidence = gather_evidence(problem, plan)
    offers = _offer_reasons(problem, evidence, markets(problem, evidence, plan))
    lines = _line_reasons(problem, plan, evidence, offers)
    by_row = sorted(offers, key=lambda reason: reason.row)
    return Reasons(tuple(by_row), tuple(lines))


def _offer_reasons(problem: Problem, evidence: Evidence, market: IntArray) -> list[OfferReason]:
    facts = evidence.facts
    cap = problem.offers.cap[facts.row]
    size = int(market.max(initial=-1)) + 1
    offered, bought = sums(market, cap, size), sums(market, evidence.sold, size)
    members = np.bincount(market, minlength=size)
    reasons = []
    for i in range(len(facts.row)):
        code, extra = _offer_code(problem, evidence, i)
        m = int(market[i])
        data = {
            "sold": int(evidence.sold[i]), "cap": int(cap[i]), "asked": int(evidence.asked[i]),
            "reach": int(evidence.reach[i]), "open": int(evidence.open[i]),
            **{f"lost_{name}": int(evidence.lost[i, k]) for k, name in enumerate(LOST_CODES)},
            "groups": int(members[m]), "offered": int(offered[m]), "bought": int(bought[m]),
            "level_permille": int(1000 * bought[m] // max(1, offered[m])), **extra,
        }  # fmt: skip
        row, group, product = facts.row[i], facts.group[i], facts.product[i]
        reasons.append(OfferReason(int(row), int(group), int(product), code, data))
    return reasons


def _offer_code(problem: Problem, evidence: Evidence, i: int) -> tuple[str, dict[str, int]]:
    facts = evidence.facts
    group, product = facts.group[i], facts.product[i]
    if not facts.certified[i]:
        missing = problem.products.cert[product] & ~problem.groups.cert[group]
        return "certificate", {"missing": int(missing)}
    if evidence.asked[i] == 0:
        return "no_demand", {}
    if evidence.reach[i] == 0:
        return LOST_CODES[int(evidence.lost[i].argmax())], {}
    return _own_limits(problem, evidence, i) or _market_limits(problem, evidence, i)


def _own_limits(problem: Problem, evidence: Evidence, i: int) -> tuple[str, dict[str, int]] | None:
    """The offer's own numbers and the group's hours."""
    facts, offers, row = evidence.facts, problem.offers, int(evidence.facts.row[i])
    cap, lot, sold = int(offers.cap[row]), int(facts.lot[i]), int(evidence.sold[i])
    if cap == 0:
        return "no_capacity", {}
    if sold == 0 and cap // lot * lot < max(int(offers.min_batch[row]), lot):
        return "batch_above_capacity", {"min_batch": int(offers.min_batch[row]), "lot": lot}
    if cap - sold < lot:
        code = "own_capacity" if cap == sold else "lot_remainder"
        return code, {"left": cap - sold, "lot": lot}
    hours, use = int(evidence.hours_over[facts.group[i]]), int(facts.use[i])
    step = lot if sold else max(lot, int(facts.nmin[i]) * lot)
    if use and 0 <= hours < step * use and evidence.open[i] > 0:
        return "shared_hours", {"hours_left": hours, "use_per_unit": use, "lot": lot}
    return None


def _market_limits(problem: Problem, evidence: Evidence, i: int) -> tuple[str, dict[str, int]]:
    """What demand is left for the offer."""
    facts, left = evidence.facts, int(evidence.open[i])
    lot, batch = int(facts.lot[i]), int(facts.nmin[i] * facts.lot[i])
    if evidence.sold[i] == 0 and batch > lot and left < batch:
        return "below_min_batch", {"short": batch - left, "min_batch": batch}
    if left == 0:
        return "market_full", {}
    if left < lot:
        return "lot_remainder", {"left": left, "lot": lot}
    if left - evidence.limited[i] < lot:
        return "lane_weight", {"left": left}
    return "tolerance", {"left": left}


def _line_reasons(
    problem: Problem, plan: Plan, evidence: Evidence, offers: list[OfferReason]
) -> list[LineReason]:
    served = sums(plan.line, plan.qty, len(problem.lines.qty))
    short = problem.lines.qty - served
    lines = np.flatnonzero(short > 0)
    cell = evidence.network.cells.line_cell[lines]
    names, number = np.unique(cell, return_inverse=True)
    counts = _count_causes(evidence, names, offers)
    none = counts.sum(axis=1) == 0
    counts[none, LINE_CODES.index("no_offer")] = 1
    code = (counts > 0).argmax(axis=1)
    data = [
        {name: int(n) for name, n in zip(LINE_CODES[:-1], row, strict=False) if n}
        for row in counts.tolist()
    ]
    return [
        LineReason(line, LINE_CODES[code[k]], {"unserved": units, **data[k]})
        for line, k, units in zip(
            lines.tolist(), number.tolist(), short[lines].tolist(), strict=True
        )
    ]


def _count_causes(evidence: Evidence, cell: IntArray, offers: list[OfferReason]) -> IntArray:
    """Groups that offer the product of each cell, by what stopped them (columns LINE_CODES)."""
    facts, cells, network = evidence.facts, evidence.network.cells, evidence.network
    row, offer = join_sorted(cells.product[cell], facts.product)
    where = cell[row]
    elsewhere = (cells.insist[where] >= 0) & (cells.insist[where] != facts.group[offer])
    late = facts.lead[offer] > cells.date[where]
    dear = price_rank(facts)[offer] >= cells.bucket[where]
    causes = [elsewhere, ~facts.certified[offer], late, dear, ~_connected(network, offer, where)]
    own = np.array([_position(reason.code) for reason in offers], dtype=np.int64)
    column = own[offer]
    # The rule looked at first wins: it is written last.
    for mask, code in reversed(list(zip(causes, reversed(REFUSAL_CODES), strict=True))):
        column = np.where(mask, LINE_CODES.index(code), column)
    counts = np.zeros((len(cell), len(LINE_CODES)), dtype=np.int64)
    np.add.at(counts, (row, column), 1)
    return counts


def _position(code: str) -> int:
    """Column of an offer's code; a code about other cells says nothing about this one."""
    return LINE_CODES.index(code) if code in OFFER_CODES else LINE_CODES.index("tolerance")


def _connected(network: Network, offer: IntArray, cell: IntArray) -> BoolArray:
    """Is there a route from the offer to the cell?"""
    cells, hubs = len(network.cells.demand), network.hubs + 1
    arcs = direct_only(network)
    direct = np.isin(offer * cells + cell, network.arc_offer[arcs] * cells + network.arc_cell[arcs])
    hub = network.hub_of[cell]
    posted = np.isin(offer * hubs + hub, network.hub_arc_offer * hubs + network.hub_arc_hub)
    return np.asarray(direct | ((hub >= 0) & posted))
