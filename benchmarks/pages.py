"""The list of 24 goods against a bare Flask page with one query and 24 items.

Both run under granian with the settings of `make run`, on one database, asked in turn by the
same client, which takes gzip as browsers do.
"""

from __future__ import annotations

from benchmarks.serving import Asker, pages_a_second, served, settings

TARGET = 0.35
REQUESTS = 300
TURNS = 5


def run() -> bool:
    """Print pages a second and their ratio; True when it reaches the target."""
    env = settings()
    with served("benchmarks.bare:app", env) as bare, served("wsgi:app", env) as ours:
        assert Asker(bare).get("/").count(b"<li>") == 24
        for _ in range(2):  # both processes know their templates and cards
            pages_a_second(bare, "/", requests=80)
            pages_a_second(ours, "/goods", requests=80)
        good = compare("/goods", bare, ours) >= TARGET
        compare("/", bare, ours)
    print(f"pages: the list of 24 must reach {TARGET}: {'yes' if good else 'NO'}")
    return good


def compare(path: str, bare: int, ours: int) -> float:
    """The median ratio of a few turns: each asks both in a row, so that both feel the same load."""
    turns = []
    for _ in range(TURNS):
        plain = pages_a_second(bare, "/", requests=REQUESTS)
        turns.append((pages_a_second(ours, path, requests=REQUESTS), plain))
    rate, plain = sorted(turns, key=lambda turn: turn[0] / turn[1])[TURNS // 2]
    print(f"pages: {path:<7} {rate:5.0f}/s, bare Flask {plain:5.0f}/s, ratio {rate / plain:.2f}")
    return rate / plain
