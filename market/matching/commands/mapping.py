"""Where a match's goods go, summed by province once, so that the map costs a page nothing."""

from __future__ import annotations

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.commands.bulk import stage_columns
from market.matching.engine.problem import Problem
from market.matching.stored import Ints, StoredPlan

_FLOWS = text(
    """
    INSERT INTO match_flow (run_id, mode, from_province, to_province, units)
    SELECT :run_id, CASE u.mode WHEN 0 THEN 'lane' ELSE 'post' END, home.province_code,
           there.province_code, sum(u.units)
      FROM map_units u
      JOIN producer_group g ON g.id = u.group_id
      JOIN tambon home ON home.code = g.tambon_code
      JOIN order_line l ON l.id = u.line_id
      JOIN orders o ON o.id = l.order_id
      LEFT JOIN pickup_point p ON p.id = o.point_id
      JOIN tambon there ON there.code = coalesce(p.tambon_code, o.tambon_code)
     GROUP BY 1, 2, 3, 4
    """
)


def keep_flows(session: Session, run_id: int, problem: Problem, plan: StoredPlan) -> None:
    """Sum a run's plan by way and provinces, for the map of its page."""
    stage_columns(session, "map_units", map_units(problem, plan))
    session.execute(_FLOWS, {"run_id": run_id})


def map_units(problem: Problem, plan: StoredPlan) -> dict[str, Ints]:
    """Units by group, zone and mode; line_id is any line of the zone, all go to one place. Pure."""
    zone = problem.lines.zone[plan.line]
    key = (plan.group * len(problem.zones.region) + zone) * 2 + plan.mode
    _keys, first, number = np.unique(key, return_index=True, return_inverse=True)
    units = np.zeros(len(first), dtype=np.int64)
    np.add.at(units, number, plan.qty)
    return {
        "group_id": plan.group_ids[plan.group[first]],
        "line_id": plan.line_ids[plan.line[first]],
        "mode": plan.mode[first],
        "units": units,
    }
