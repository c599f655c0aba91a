"""Every report there is, by key. A new one is an entry in one of the modules beside this."""

from __future__ import annotations

from market.reports.kinds import delivery, making, market, money, orders
from market.reports.rules import Report

REPORTS: tuple[Report, ...] = (
    *orders.REPORTS,
    *making.REPORTS,
    *delivery.REPORTS,
    *money.REPORTS,
    *market.REPORTS,
)
BY_KEY = {report.key: report for report in REPORTS}
