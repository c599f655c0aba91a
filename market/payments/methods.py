"""What each way of paying can do, and which a round may offer: see ``market.rounds.methods``.

Rounds choose their methods, so the table stands with them; money reads it from here.
"""

from __future__ import annotations

from market.rounds.methods import (
    CAPABILITIES,
    Asking,
    Capability,
    PayMethod,
    hold_fits,
    live_methods,
    offered,
)

__all__ = [
    "CAPABILITIES",
    "Asking",
    "Capability",
    "PayMethod",
    "hold_fits",
    "live_methods",
    "offered",
]
