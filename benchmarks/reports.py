"""Reports of a large round: a worker's memory at 50,000 and 500,000 lines, and its speed.

Only run when it is named; REPORT_LINES=5000,50000,500000 says how many lines, REPORT_FORMATS=
csv,xlsx which files. The frozen rows are made in the database; what is measured is reading them
and writing files, in a process of its own for each, whose peak memory the system counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg
from sqlalchemy import text

from benchmarks.closed_round import empty_market
from market import local
from market.clock import utc_now
from market.db import db, transaction

#: A worker's memory may grow so little from 50,000 to 500,000 lines.
MOST_GROWTH = 1.15
#: A report of 5,000 lines is made while its reader waits.
MOST_SECONDS_SMALL = 5.0
SMALL, LARGE = 5_000, 50_000

FILL = """
INSERT INTO province (code, name_th, name_en, region_code, sort_key)
VALUES ('98', 'จังหวัด', 'Province', 'T', 'ก');
INSERT INTO round (id, number, name_th, name_en, cycle, state, opens_at, closes_at, answer_by,
                   first_answer_by, answer_hours, rematch_limit, pay_by, delivery_on)
OVERRIDING SYSTEM VALUE
SELECT n, n, 'รอบใหญ่', 'Large', 'weekly', 'open', now() - interval '9 days',
       now() - interval '1 day', now() + interval '1 day', now() + interval '1 day', 12, 2,
       now() + interval '2 days', ARRAY[CAST(now() AS date) + 9]
  FROM generate_series(1, %(rounds)s) AS n;
"""
SNAPSHOT = """
INSERT INTO report_snapshot (id, round_id, stage, version, state, due_at, frozen_at, orders, lines)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(id)s, 'paying', 1, 'frozen', now(), now(), %(lines)s / 5, %(lines)s);
INSERT INTO report_thing (snapshot_id, kind, ref_id, code, name_th, name_en, unit_th, unit_en,
                          place_th, place_en, area_code, weight_g)
SELECT %(id)s, kind, n, kind || n, 'ชื่อภาษาไทยที่ยาวพอสมควร ' || n, 'Name ' || n, 'ถุง',
       'bag', 'ตำบล จังหวัด', 'Place', '980101', 500
  FROM generate_series(1, 600) AS n, (VALUES ('product'), ('group'), ('point')) AS kinds(kind);
INSERT INTO report_order (snapshot_id, order_id, number, buyer, phone, point_id, tambon_code,
                          place_th, place_en, delivery_on, pickup_code, pay_method, fee_satang,
                          placed_at)
SELECT %(id)s, n, '1-' || n, 'สมใจ ผู้ซื้อ ' || n, '+66812345678', 1 + n %% 600, '980101',
       'ตำบล อำเภอ จังหวัด 98000', 'Place', CAST(now() AS date), lpad(n::text, 6, '0'), 'promptpay',
       0, now()
  FROM generate_series(1, %(lines)s / 5) AS n;
INSERT INTO report_line (snapshot_id, line_id, batch_id, order_id, product_id, group_id,
                         wanted_units, given_units, unit_satang, amount_satang)
SELECT %(id)s, n, 1, 1 + (n - 1) / 5, 1 + n %% 600, 1 + n %% 500, 3, 3, 7000, 21000
  FROM generate_series(1, %(lines)s) AS n;
"""
SOMEBODY = """
INSERT INTO "user" (id, name, fs_uniquifier, active) OVERRIDING SYSTEM VALUE
VALUES (1, 'x', 'x', true) ON CONFLICT DO NOTHING"""
JOB = """
INSERT INTO report_job (fingerprint, report, format, round_id, snapshot_id, as_of, areas, group_ids,
                        asked_by, asked_at, rows_expected)
VALUES (:key, 'orders_by_buyer', :format, :at, :at, :now, '{""}', '{}', 1, :now, :lines)
RETURNING id"""
#: One file, in a process of its own: rows, seconds, and the most memory it ever had.
WORKER = """
import json, os, resource, sys, time
from pathlib import Path
from config import Config
from market.app import create_app
from market.clock import utc_now
from market.reports.edge import write_job
from market.reports.flows import make_file
from market.reports.store import LargeFolder

home, job_id = Path(sys.argv[1]), int(sys.argv[2])
with create_app(Config.from_env(os.environ)).app_context():
    start, cpu = time.perf_counter(), time.process_time()
    assert make_file(job_id, LargeFolder(home / "files"), write_job, utc_now, home / "tmp")
    spent = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": spent[0], "cpu": spent[1], "peak_kb": peak}))
"""


def run() -> bool:
    """Print memory and speed; True when all reach their targets."""
    home = Path(os.environ.get("MARKET_HOME") or "var").absolute() / "bench"
    given = {name: value for name, value in os.environ.items() if name != local.PREPARED}
    env = local.environment(given | {"MARKET_HOME": str(home)}) | {local.PREPARED: "1"}
    sizes = [int(n) for n in os.environ.get("REPORT_LINES", "5000,50000,500000").split(",")]
    formats = os.environ.get("REPORT_FORMATS", "csv,xlsx").split(",")
    with empty_market(env, "bench_reports"):
        address = db.engine.url.set(drivername="postgresql")
        env["DATABASE_URL"] = db.engine.url.render_as_string(hide_password=False)
        with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
            _fill(connection, sizes)
            bare = {lines: _copy(connection, at) for at, lines in enumerate(sizes, start=1)}
        found = {
            (format_, lines): _make(env, home, at, lines, format_)
            for format_ in formats
            for at, lines in enumerate(sizes, start=1)
        }
    return _tell(found, bare, sizes)


def _fill(connection: psycopg.Connection[Any], sizes: list[int]) -> None:
    for statement in FILL.split(";\n"):
        _run(connection, statement, {"rounds": len(sizes)})
    for at, lines in enumerate(sizes, start=1):
        for statement in SNAPSHOT.split(";\n"):
            _run(connection, statement, {"id": at, "lines": lines})
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _run(connection: psycopg.Connection[Any], statement: str, values: dict[str, int]) -> None:
    if statement.strip():
        named = {name: value for name, value in values.items() if f"%({name})s" in statement}
        connection.execute(statement.encode(), named or None)


def _copy(connection: psycopg.Connection[Any], snapshot_id: int) -> float:
    """Seconds of a bare COPY of the same joined rows into a file."""
    from market.reports.kinds import BY_KEY

    statement = BY_KEY["orders_by_buyer"].sql
    for name, value in {
        ":snapshot_id": str(snapshot_id), ":everything": "true", ":th": "true",
        "CAST(:areas AS text[])": "ARRAY['%']",
    }.items():  # fmt: skip
        statement = statement.replace(name, value)
    start = time.perf_counter()
    wanted = f"COPY ({statement}) TO STDOUT (FORMAT csv)".encode()
    with TemporaryFile() as file, connection.cursor() as cursor, cursor.copy(wanted) as copy:
        for piece in copy:
            file.write(piece)
    return time.perf_counter() - start


def _make(env: dict[str, str], home: Path, at: int, lines: int, format_: str) -> dict[str, Any]:
    key = {"key": f"{format_}{lines}", "format": format_, "at": at, "lines": lines}
    with transaction() as session:
        session.execute(text(SOMEBODY))
        job_id = session.scalar(text(JOB), key | {"now": utc_now()})
    worker = subprocess.run(
        [sys.executable, "-c", WORKER, str(home), str(job_id)],
        cwd=local.ROOT, env={**os.environ, **env}, capture_output=True, check=True, text=True,
    )  # fmt: skip
    one = dict(json.loads(worker.stdout))
    print(
        f"reports: {format_} of {lines:,} lines: {one['seconds']:.1f} s"
        f" ({one['cpu']:.1f} s of CPU), {lines / one['seconds']:,.0f} rows/s,"
        f" peak {one['peak_kb'] / 1024:.0f} MB",
        flush=True,
    )
    return one


def _tell(found: dict[tuple[str, int], Any], bare: dict[int, float], sizes: list[int]) -> bool:
    good = True
    for (format_, lines), one in found.items():
        print(f"reports: {format_} of {lines:,}: {one['seconds'] / bare[lines]:.1f} x a bare COPY")
        good = good and (lines > SMALL or one["seconds"] <= MOST_SECONDS_SMALL)
    for format_ in {name for name, _lines in found}:
        if LARGE in sizes and max(sizes) > LARGE:
            growth = found[format_, max(sizes)]["peak_kb"] / found[format_, LARGE]["peak_kb"]
            print(f"reports: peak memory of {format_}, {max(sizes):,} / {LARGE:,}: {growth:.2f}")
            good = good and growth <= MOST_GROWTH
    return good
