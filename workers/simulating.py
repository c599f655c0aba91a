"""What-ifs in the background, beside the matches and in their queue."""

from market.clock import utc_now
from market.db import reading
from market.doorbell import SIMULATE, SWEEP_SIMULATIONS, ring
from market.matching.queries.simulations import simulations_due
from workers.app import app


@app.task(name=SIMULATE)
def simulate(simulation_id: int) -> None:
    """Safe to run twice: does nothing unless the what-if waits and nobody else solves it."""
    from market.matching.whatif import flows  # loads the solver, which the beat never needs

    flows.simulate(simulation_id, now=utc_now())


@app.task(name=SWEEP_SIMULATIONS)
def sweep() -> None:
    """Ring for what-ifs that wait, and for those whose worker died."""
    with reading() as session:
        due = simulations_due(session, utc_now())
    for simulation_id in due:
        ring(SIMULATE, simulation_id)
