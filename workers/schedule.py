"""When the sweeps run. Each looks for rows that are due, however long nobody looked."""

from typing import Any

from market.doorbell import (
    DROP_FILES,
    METER_CHANNELS,
    READ_RETURNED,
    RECONCILE,
    REFRESH_FACETS,
    SUM_DEMAND,
    SUM_ROUNDS,
    SWEEP_ANSWERS,
    SWEEP_FLAGS,
    SWEEP_FULFILMENT,
    SWEEP_IMPORTS,
    SWEEP_MATCHES,
    SWEEP_NOTICES,
    SWEEP_PAPERS,
    SWEEP_PAYMENTS,
    SWEEP_PEOPLE,
    SWEEP_PROVIDER,
    SWEEP_REMINDERS,
    SWEEP_REPORTS,
    SWEEP_REQUESTS,
    SWEEP_ROUNDS,
    SWEEP_SIMULATIONS,
    SWEEP_STANDING,
    SWEEP_VOICES,
)

SWEEPS = (
    SWEEP_ROUNDS,
    SWEEP_REMINDERS,
    SWEEP_STANDING,
    SWEEP_MATCHES,
    SWEEP_ANSWERS,
    SWEEP_SIMULATIONS,
    SWEEP_NOTICES,
    SWEEP_PAYMENTS,
    SWEEP_PAPERS,
    SWEEP_PROVIDER,
    SWEEP_FULFILMENT,
    SWEEP_PEOPLE,
    SUM_DEMAND,
    SUM_ROUNDS,
    SWEEP_REQUESTS,
    SWEEP_VOICES,
    SWEEP_REPORTS,
    SWEEP_IMPORTS,
)
RECONCILE_SECONDS = 3600
FLAG_SECONDS = 600  # a reason to worry is days old when it becomes one
METER_SECONDS = 3600
RETURNED_SECONDS = 120
REFRESH_SECONDS = 3600  # papers expire at midnight
FILES_SECONDS = 3600  # pictures of slips end after months; the others were left by a crash


#: A match whose worker died is to be taken over within a minute, its lease included.
MATCH_SECONDS = 15


def beat_schedule(sweep_seconds: int) -> dict[str, dict[str, Any]]:
    """One entry per sweep, at the same pace; matches are looked at more often.

    A sweep nobody picked up in time expires: after an outage the worker would otherwise first
    work through hours of identical sweeps.
    """
    paces = dict.fromkeys(SWEEPS, sweep_seconds)
    paces[SWEEP_MATCHES] = min(sweep_seconds, MATCH_SECONDS)
    paces[RECONCILE] = RECONCILE_SECONDS
    paces[SWEEP_FLAGS] = FLAG_SECONDS
    paces[METER_CHANNELS] = METER_SECONDS
    paces[READ_RETURNED] = RETURNED_SECONDS
    paces[REFRESH_FACETS] = REFRESH_SECONDS
    paces[DROP_FILES] = FILES_SECONDS
    return {
        name: {"task": name, "schedule": pace, "options": {"expires": pace * 2}}
        for name, pace in paces.items()
    }
