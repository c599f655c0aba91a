"""When the sweeps run. Each looks for rows that are due, however long nobody looked."""

from typing import Any

from market.doorbell import (
    SWEEP_ANSWERS,
    SWEEP_FULFILMENT,
    SWEEP_MATCHES,
    SWEEP_NOTICES,
    SWEEP_PAYMENTS,
    SWEEP_ROUNDS,
    SWEEP_SIMULATIONS,
)

SWEEPS = (
    SWEEP_ROUNDS,
    SWEEP_MATCHES,
    SWEEP_ANSWERS,
    SWEEP_SIMULATIONS,
    SWEEP_NOTICES,
    SWEEP_PAYMENTS,
    SWEEP_FULFILMENT,
)


def beat_schedule(sweep_seconds: int) -> dict[str, dict[str, Any]]:
    """One entry per sweep, all at the same pace.

    A sweep nobody picked up in time expires: after an outage the worker would otherwise first
    work through hours of identical sweeps.
    """
    return {
        name: {"task": name, "schedule": sweep_seconds, "options": {"expires": sweep_seconds * 2}}
        for name in SWEEPS
    }
