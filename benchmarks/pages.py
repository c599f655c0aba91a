"""The list of 24 goods against a bare Flask page with one query and 24 items.

Both run under granian with the settings of `make run`, on one database, asked in turn by the
same client, which takes gzip as browsers do.
"""

from __future__ import annotations

from benchmarks.serving import Asker, middle, pages_a_second, served, settings

TARGET = 0.25
REQUESTS = 600


def run() -> bool:
    """Print pages a second and their ratio; True when it reaches the target."""
    env = settings()
    with served("benchmarks.bare:app", env) as bare, served("wsgi:app", env) as ours:
        assert Asker(bare).get("/").count(b"<li>") == 24
        for _ in range(2):  # both processes know their templates and cards
            pages_a_second(bare, "/", requests=80)
            pages_a_second(ours, "/goods", requests=80)
        plain = middle(lambda: pages_a_second(bare, "/", requests=REQUESTS))
        for path in ("/goods", "/"):
            rate = middle(lambda path=path: pages_a_second(ours, path, requests=REQUESTS))
            ratio = rate / plain
            print(f"pages: {path:<7} {rate:6.0f}/s, bare Flask {plain:6.0f}/s, ratio {ratio:.2f}")
            if path == "/goods":
                good = ratio >= TARGET
    print(f"pages: the list of 24 must reach {TARGET}: {'yes' if good else 'NO'}")
    return good
