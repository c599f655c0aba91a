"""The rules of a round once more, in plain Python, for judging the engine and its verifier."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.matching.instances import Tables

Row = tuple[int, int, int, int]
OWN, POST = 0, 1
NO_LIMIT = 10**9
FAIR_STEPS = ((1, 16), (1, 8), (2, 4), (2, 2), (4, 1))  # tenths of the entitlement, worth


class Book:
    """Rows (line, group, mode, qty) beside the tables; rows may be a plan or a part of one."""

    def __init__(self, made: Tables, rows: list[Row]) -> None:
        self.made, self.rows = made, rows
        self.offers = table(made, "offers")
        self.lines = table(made, "lines")
        self.lanes = {(lane["group"], lane["zone"]): lane for lane in table(made, "lanes")}
        self.rates = {
            (post["from_region"], post["to_region"]): post["cost_per_kg"]
            for post in table(made, "post")
        }
        self.offer_at = {(o["group"], o["product"]): row for row, o in enumerate(self.offers)}
        self.kept = list(zip(*made["frozen"].values(), strict=True))
        self.before = self._sold(self.kept)
        self.sold = self._sold(rows)
        self.served = Counter[int]()
        self.grams = Counter[tuple[int, int, int]]()
        for line, group, mode, qty in rows:
            self.served[line] += qty
            if mode == OWN:
                want = self.lines[line]
                self.grams[group, want["zone"], want["date"]] += qty * self.weight(want)

    def _sold(self, rows: list[Any]) -> Counter[int]:
        sold = Counter[int]()
        for line, group, _, qty in rows:
            sold[self.offer_at[group, self.lines[line]["product"]]] += qty
        return sold

    def weight(self, want: dict[str, int]) -> int:
        """Grams of a unit."""
        return self.made["products"]["weight_g"][want["product"]]

    def may(self, row: int, line: int) -> bool:
        """Whether offer `row` is what the line accepts, however it travels."""
        offer, want = self.offers[row], self.lines[line]
        needs = self.made["products"]["cert"][want["product"]]
        return (
            offer["product"] == want["product"]
            and needs & ~self.made["groups"]["cert"][offer["group"]] == 0
            and offer["lead"] <= want["date"]
            and want["insist"] in (-1, offer["group"])
            and (want.get("ceiling", -1) < 0 or offer["price"] <= want["ceiling"])
        )

    def rate(self, group: int, line: int, mode: int) -> int | None:
        """Satang a kilogram; None where there is no such route."""
        want = self.lines[line]
        if mode == OWN:
            lane = self.lanes.get((group, want["zone"]))
            return lane and lane["cost_per_kg"]
        region = self.made["zones"]["region"]
        home = region[self.made["groups"]["zone"][group]]
        shippable = self.made["products"]["shippable"][want["product"]]
        return self.rates.get((home, region[want["zone"]])) if shippable else None

    def ways(self) -> Iterator[tuple[int, int, int]]:
        """Every (line, offer row, mode) that the rules allow at all."""
        for line in range(len(self.lines)):
            for row, offer in enumerate(self.offers):
                for mode in (OWN, POST):
                    if self.may(row, line) and self.rate(offer["group"], line, mode) is not None:
                        yield line, row, mode

    def hours(self, group: int) -> int:
        """Shared hours the rows use."""
        return sum(self.sold[row] * offer["use_per_unit"]
                   for row, offer in enumerate(self.offers) if offer["group"] == group)  # fmt: skip

    def hours_room(self, row: int) -> int:
        """Units of the offer that its group's hours still allow."""
        offer = self.offers[row]
        limit = self.made["groups"]["shared_cap"][offer["group"]]
        if limit < 0 or not offer["use_per_unit"]:
            return NO_LIMIT
        return (limit - self.hours(offer["group"])) // offer["use_per_unit"]

    def lane_room(self, group: int, line: int, mode: int) -> int:
        """Units of the line's product that the vehicle still takes."""
        want = self.lines[line]
        limit = self.lanes[group, want["zone"]]["max_weight_g"] if mode == OWN else 0
        used = self.grams[group, want["zone"], want["date"]]
        return (limit - used) // self.weight(want) if limit else NO_LIMIT

    def next_rows(self) -> Iterator[Row]:
        """(line, group, mode, most units) that could be added; batches and lots set aside."""
        for line, row, mode in self.ways():
            offer, group = self.offers[row], self.offers[row]["group"]
            most = min(self.lines[line]["qty"] - self.served[line], offer["cap"] - self.sold[row],
                       self.hours_room(row), self.lane_room(group, line, mode))  # fmt: skip
            if most > 0:
                yield line, group, mode, most

    def broken(self) -> set[str]:
        """Names of the rules that the rows break."""
        allowed = set(self.ways())
        named = [(line, self.offer_at[group, self.lines[line]["product"]], mode)
                 for line, group, mode, _ in self.rows]  # fmt: skip
        held = {row[:3]: row[3] for row in self.rows}
        checks = {
            "rows": len(held) == len(self.rows) and all(row[3] > 0 for row in self.rows),
            "route": set(named) <= allowed,
            "line": all(self.lines[line]["qty"] >= got for line, got in self.served.items()),
            "offer": all(self._offer_holds(row) for row in self.sold),
            "hours": all(self.hours_room(row) >= 0 for row in range(len(self.offers))),
            "lane": all(self.lane_room(g, line, m) >= 0 for line, g, m, _ in self.rows),
            "frozen": all(held.get(row[:3], 0) >= row[3] for row in self.kept),
        }
        return {name for name, holds in checks.items() if not holds}

    def _offer_holds(self, row: int) -> bool:
        """Capacity; the batch, of which a frozen offer is excused; whole lots of what is new."""
        offer, units, before = self.offers[row], self.sold[row], self.before[row]
        big = before > 0 or units >= offer["min_batch"]
        return units <= offer["cap"] and big and (units - before) % max(1, offer["lot"]) == 0

    def could_take_more(self) -> list[int]:
        """Offers that by themselves could sell more to what is unserved."""
        return [row for row in range(len(self.offers)) if self._room(row) >= self._least(row)]

    def _least(self, row: int) -> int:
        offer = self.offers[row]
        lot = max(1, offer["lot"])
        return lot if self.sold[row] else max(lot, offer["min_batch"])

    def _room(self, row: int) -> int:
        """Whole lots in units; each vehicle's weight and every other rule respected."""
        group, posted = self.offers[row]["group"], 0
        driven: Counter[tuple[int, int]] = Counter()
        most: dict[tuple[int, int], int] = {}
        for line, want in enumerate(self.lines):
            left = want["qty"] - self.served[line]
            if not left or not self.may(row, line):
                continue
            if self.rate(group, line, POST) is not None:
                posted += left
            elif self.rate(group, line, OWN) is not None:
                driven[want["zone"], want["date"]] += left
                most[want["zone"], want["date"]] = self.lane_room(group, line, OWN)
        reach = posted + sum(min(units, most[place]) for place, units in driven.items())
        offer, lot = self.offers[row], max(1, self.offers[row]["lot"])
        return min(offer["cap"] - self.sold[row], self.hours_room(row), reach) // lot * lot

    def values(self) -> dict[str, int]:
        """The objective's stages, counted anew: units, classes, fairness, delivery cost."""
        classes = Counter[int]()
        for line, units in self.served.items():
            classes[self.lines[line]["prio"]] += units
        driven = {(group, self.lines[line]["zone"], self.lines[line]["date"])
                  for line, group, mode, _ in self.rows if mode == OWN}  # fmt: skip
        carried = sum(
            qty * (self.rate(group, line, mode) * self.weight(self.lines[line]) // 1000)
            for line, group, mode, qty in self.rows
        )
        fixed = sum(self.lanes[group, zone]["fixed_cost"] for group, zone, _ in driven)
        return {"units": sum(self.served.values()), "class_0": classes[0], "class_1": classes[1],
                "fairness": self.fairness(), "cost": carried + fixed}  # fmt: skip

    def incomes(self) -> list[int]:
        """Satang of each group at reference prices."""
        got = [0] * len(self.made["groups"]["zone"])
        for line, group, _, qty in self.rows:
            got[group] += qty * self.made["products"]["ref_price"][self.lines[line]["product"]]
        return got

    def fairness(self) -> int:
        """Worth of the incomes in tenths of satang: 16 a satang up to a tenth of a share, ..."""
        total = 0
        for income, share in zip(self.incomes(), self.made["groups"]["entitlement"], strict=True):
            left = 10 * income
            for tenths, slope in FAIR_STEPS:
                part = min(left, tenths * share)
                total, left = total + slope * part, left - part
        return total


def table(made: Tables, name: str) -> list[dict[str, int]]:
    """A table's rows as dictionaries."""
    columns = made[name]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
