"""The best that any plan can reach: the whole round as one integer program, stage after stage."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.matching.instances import Tables
from tests.matching.properties.rulebook import FAIR_STEPS, OWN, Book, Row

Terms = dict[int, float]


class Round:
    """Variables: units of each way beside what is frozen, lots, opened, driven, income steps."""

    def __init__(self, made: Tables) -> None:
        self.frozen: list[Row] = list(zip(*made["frozen"].values(), strict=True))
        self.book = Book(made, self.frozen)
        self.ways = list(self.book.ways())
        self.lots = len(self.ways)
        self.opened = self.lots + len(self.book.offers)
        self.lanes = [*self.book.lanes]
        self.dates = 1 + max((line["date"] for line in self.book.lines), default=0)
        self.driven = self.opened + len(self.book.offers)
        self.steps = self.driven + len(self.lanes) * self.dates
        self.size = self.steps + len(FAIR_STEPS) * len(made["groups"]["zone"])
        self.rules: list[tuple[Terms, float, float]] = []
        self._write_lines()
        self._write_offers()
        self._write_hours()
        self._write_lanes()
        self._write_incomes()

    def rule(self, terms: Terms, low: float, high: float) -> None:
        """low <= terms <= high."""
        self.rules.append((terms, low, high))

    def _write_lines(self) -> None:
        for line, want in enumerate(self.book.lines):
            terms = {i: 1.0 for i, way in enumerate(self.ways) if way[0] == line}
            self.rule(terms, 0, want["qty"] - self.book.served[line])

    def _write_offers(self) -> None:
        for row, offer in enumerate(self.book.offers):
            lot, before = max(1, offer["lot"]), self.book.sold[row]
            made = {i: 1.0 for i, way in enumerate(self.ways) if way[1] == row}
            self.rule(made | {self.lots + row: -lot}, 0, 0)
            least = 0 if before else offer["min_batch"]
            room = max(0, offer["cap"] - before)
            self.rule({self.lots + row: lot, self.opened + row: -least}, 0, np.inf)
            self.rule({self.lots + row: lot, self.opened + row: -room}, -np.inf, 0)

    def _write_hours(self) -> None:
        for group, limit in enumerate(self.book.made["groups"]["shared_cap"]):
            used = {
                self.lots + row: float(offer["use_per_unit"] * max(1, offer["lot"]))
                for row, offer in enumerate(self.book.offers)
                if offer["group"] == group
            }
            if limit >= 0:
                self.rule(used, -np.inf, limit - self.book.hours(group))

    def _write_lanes(self) -> None:
        for number, (group, zone) in enumerate(self.lanes):
            limit = self.book.lanes[group, zone]["max_weight_g"]
            for date in range(self.dates):
                grams = {
                    i: float(self.book.weight(self.book.lines[line]))
                    for i, (line, row, mode) in enumerate(self.ways)
                    if mode == OWN
                    and self.book.offers[row]["group"] == group
                    and self.book.lines[line]["zone"] == zone
                    and self.book.lines[line]["date"] == date
                }
                before = self.book.grams[group, zone, date]
                if limit:
                    self.rule(grams, -np.inf, limit - before)
                if not before:
                    for i in grams:
                        most = self.book.lines[self.ways[i][0]]["qty"]
                        driven = self.driven + number * self.dates + date
                        self.rule({i: 1.0, driven: -most}, -np.inf, 0)

    def _write_incomes(self) -> None:
        prices = self.book.made["products"]["ref_price"]
        for group, before in enumerate(self.book.incomes()):
            earned = {
                self.lots + row: -10.0 * prices[offer["product"]] * max(1, offer["lot"])
                for row, offer in enumerate(self.book.offers)
                if offer["group"] == group
            }
            steps = {self.steps + len(FAIR_STEPS) * group + k: 1.0 for k in range(len(FAIR_STEPS))}
            self.rule(earned | steps, -np.inf, 10.0 * before)

    def _tops(self) -> np.ndarray:
        top = np.full(self.size, 10.0**6)
        top[self.opened : self.steps] = 1
        shares = self.book.made["groups"]["entitlement"]
        top[self.steps :] = [tenths * share for share in shares for tenths, _ in FAIR_STEPS]
        return top

    def stages(self) -> dict[str, np.ndarray]:
        """What each stage of the objective maximises."""
        goals = {
            name: np.zeros(self.size)
            for name in ("units", "class_0", "class_1", "fairness", "cost")
        }
        for i, (line, row, mode) in enumerate(self.ways):
            want, group = self.book.lines[line], self.book.offers[row]["group"]
            goals["units"][i] = 1
            if want["prio"] < 2:
                goals[f"class_{want['prio']}"][i] = 1
            goals["cost"][i] = -(self.book.rate(group, line, mode) * self.book.weight(want) // 1000)
        for number, lane in enumerate(self.lanes):
            start = self.driven + number * self.dates
            goals["cost"][start : start + self.dates] = -self.book.lanes[lane]["fixed_cost"]
        worths = [slope for _, slope in FAIR_STEPS]
        goals["fairness"][self.steps :] = worths * len(self.book.made["groups"]["zone"])
        return goals

    def best(self, names: tuple[str, ...]) -> dict[str, float]:
        """The value of each stage, earlier ones kept; of the whole plan, frozen rows included."""
        found: dict[str, float] = {}
        before = self.book.values()
        for name in names:
            goal = self.stages()[name]
            top = self._solve(goal)
            slack = 0.5 if name != "fairness" else 1e-6 * max(1.0, abs(top))
            self.rule(dict(enumerate(goal)), top - slack, np.inf)
            own = round(top) if name != "fairness" else top
            found[name] = {"cost": before["cost"] - own, "fairness": own}.get(
                name, own + before[name]
            )
        return found

    def _solve(self, goal: np.ndarray) -> float:
        matrix = np.zeros((len(self.rules), self.size))
        for number, (terms, _, _) in enumerate(self.rules):
            matrix[number, list(terms)] = list(terms.values())
        low, high = (np.array([rule[side] for rule in self.rules]) for side in (1, 2))
        whole = np.ones(self.size)
        whole[self.steps :] = 0
        answer = milp(
            -goal,
            integrality=whole,
            bounds=Bounds(0, self._tops()),
            constraints=LinearConstraint(matrix, low, high),
            options={"mip_rel_gap": 0},
        )
        assert answer.success, answer.message
        return float(-answer.fun)
