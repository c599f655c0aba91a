"""A what-if and its match side by side: who gains, who loses, what becomes of each product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.matching.models import MatchRun
from market.matching.queries.pictures import share_permille
from market.matching.queries.trying import ChangeSeen, name_changes
from market.matching.rules import SimulationState
from market.matching.whatif.models import Simulation
from market.matching.whatif.rules import Changes, read_changes
from market.rounds.queries import RoundView, get_round

FEW_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class GroupDelta:
    """A group in both plans: units, and income at reference prices against its entitlement."""

    group_id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    before_units: int
    after_units: int
    before_satang: int
    after_satang: int
    entitlement_satang: int

    @property
    def before_permille(self) -> int:
        """Share of the entitlement in the match, in thousandths."""
        return share_permille(self.before_satang, self.entitlement_satang)

    @property
    def after_permille(self) -> int:
        """Share of the entitlement in the what-if, in thousandths."""
        return share_permille(self.after_satang, self.entitlement_satang)

    @property
    def delta_satang(self) -> int:
        """What the group gains, or loses where below zero."""
        return self.after_satang - self.before_satang


@dataclass(frozen=True, kw_only=True)
class ProductDelta:
    """A product in both plans: what is made of it, and what could be."""

    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ordered_units: int
    before_units: int
    after_units: int
    before_capacity: int
    after_capacity: int


@dataclass(frozen=True, kw_only=True)
class TrialView:
    """A what-if and its match side by side. rows: the groups that gain or lose most."""

    id: int
    round: RoundView
    run_id: int
    state: SimulationState
    changes: Changes
    seen: tuple[ChangeSeen, ...]
    reason: str | None
    before: Mapping[str, int]
    after: Mapping[str, int]
    error: str | None
    input_hash: str | None
    versions: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime | None
    used_at: datetime | None
    is_current: bool
    groups: tuple[GroupDelta, ...]
    gaining: int
    losing: int
    unchanged: int
    products: tuple[ProductDelta, ...]

    @property
    def scale_permille(self) -> int:
        """The full width of the bars of shares."""
        shares = [g.before_permille for g in self.groups] + [g.after_permille for g in self.groups]
        return max([1000, *shares])


_GROUPS = text(
    """
    WITH pair AS (
        SELECT f.group_id, sum(r.units)::bigint AS before_units,
               sum(s.units)::bigint AS after_units,
               sum(r.units * p.reference_satang)::bigint AS before_satang,
               sum(s.units * p.reference_satang)::bigint AS after_satang
          FROM simulation_offer s
          JOIN round_offer f ON f.id = s.round_offer_id
          JOIN product p ON p.id = f.product_id
          JOIN offer_result r ON r.run_id = :run_id AND r.round_offer_id = s.round_offer_id
         WHERE s.simulation_id = :id GROUP BY 1
    ), moved AS (
        SELECT b.*, m.entitlement_satang, b.after_satang - b.before_satang AS delta
          FROM pair b JOIN round_group m ON m.group_id = b.group_id AND m.round_id = :round_id
    ), counted AS (
        SELECT count(*) FILTER (WHERE delta > 0) AS gaining,
               count(*) FILTER (WHERE delta < 0) AS losing,
               count(*) FILTER (WHERE delta = 0) AS unchanged FROM moved
    ), most AS (
        SELECT * FROM moved WHERE delta <> 0 ORDER BY abs(delta) DESC, group_id LIMIT :most
    )
    SELECT c.*, m.*, g.name_th, g.name_en, t.name_th AS tambon_th, t.name_en AS tambon_en
      FROM counted c
      LEFT JOIN most m ON true
      LEFT JOIN producer_group g ON g.id = m.group_id
      LEFT JOIN tambon t ON t.code = g.tambon_code
     ORDER BY m.delta DESC, m.group_id
    """
)

_PRODUCTS = text(
    """
    WITH pair AS (
        SELECT f.product_id, sum(r.units)::bigint AS before_units,
               sum(s.units)::bigint AS after_units,
               sum(f.capacity_units)::bigint AS before_capacity,
               sum(s.capacity_units)::bigint AS after_capacity
          FROM simulation_offer s
          JOIN round_offer f ON f.id = s.round_offer_id
          JOIN offer_result r ON r.run_id = :run_id AND r.round_offer_id = s.round_offer_id
         WHERE s.simulation_id = :id GROUP BY 1
    ), ordered AS (
        SELECT product_id, sum(units)::bigint AS units FROM demand_cell
         WHERE round_id = :round_id GROUP BY 1
    )
    SELECT p.name_th, p.name_en, p.unit_th, p.unit_en, coalesce(o.units, 0) AS ordered_units,
           b.before_units, b.after_units, b.before_capacity, b.after_capacity
      FROM pair b
      JOIN product p ON p.id = b.product_id
      LEFT JOIN ordered o ON o.product_id = b.product_id
     WHERE b.before_units <> b.after_units OR b.before_capacity <> b.after_capacity
     ORDER BY abs(b.after_units - b.before_units) DESC, p.sort_key, p.id
     LIMIT :most
    """
)


_TRIAL = select(
    Simulation.id, Simulation.round_id, Simulation.run_id, Simulation.state, Simulation.changes,
    Simulation.reason, Simulation.before, Simulation.after, Simulation.error,
    Simulation.input_hash, Simulation.versions, Simulation.created_at, Simulation.finished_at,
    Simulation.used_at, MatchRun.rematch_no,
).join(MatchRun, MatchRun.id == Simulation.run_id)  # fmt: skip


def get_trial_view(
    session: Session, round_id: int, simulation_id: int, *, most: int = FEW_ROWS
) -> TrialView:
    """A what-if beside its match; ``most`` rows a table. Raises NotFound."""
    trial = session.execute(_TRIAL.where(Simulation.id == simulation_id)).one_or_none()
    if trial is None or trial.round_id != round_id:
        raise NotFound("simulation_not_found")
    round_ = get_round(session, round_id)
    values = {"id": trial.id, "run_id": trial.run_id, "round_id": round_id, "most": most}
    moved = session.execute(_GROUPS, values).all()
    products = session.execute(_PRODUCTS, values).all()
    changes = read_changes(trial.changes)
    return TrialView(
        id=trial.id, round=round_, run_id=trial.run_id, state=trial.state, changes=changes,
        seen=name_changes(session, changes), reason=trial.reason, before=trial.before,
        after=trial.after, error=trial.error, input_hash=trial.input_hash,
        versions=trial.versions, created_at=trial.created_at, finished_at=trial.finished_at,
        used_at=trial.used_at, is_current=trial.rematch_no == round_.rematches,
        groups=tuple(_group(row) for row in moved if row.group_id is not None),
        gaining=moved[0].gaining, losing=moved[0].losing, unchanged=moved[0].unchanged,
        products=tuple(_product(row) for row in products),
    )  # fmt: skip


def _group(row: Any) -> GroupDelta:
    return GroupDelta(**{name: getattr(row, name) for name in GroupDelta.__dataclass_fields__})


def _product(row: Any) -> ProductDelta:
    return ProductDelta(**{name: getattr(row, name) for name in ProductDelta.__dataclass_fields__})
