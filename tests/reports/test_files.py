"""Files made by workers: one however often asked, whole however often killed, taken in pieces."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.clock import utc_now
from market.db import db, transaction
from market.errors import Unavailable
from market.files import StoredFile
from market.local import ROOT
from market.reports import commands, flows
from market.reports.edge import titles_of, write_job
from market.reports.files.queries import find_job
from market.reports.flows import end_old_files, freeze_due, make_file
from market.reports.kinds import BY_KEY
from market.reports.models import ReportJob, ReportSending
from market.reports.printing import pdf_is_missing
from market.reports.queries import ask, count_rows
from market.reports.rules import JOB_LEASE, JOB_TRIES, Scope
from market.reports.sending.commands import NewSchedule, add_schedule, leave_schedule, stop_schedule
from market.reports.sending.flows import send_due
from market.reports.store import LargeFolder, large_store_of
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import make_producing
from tests.factories.matching import AMPHOE, TAMBON
from tests.factories.payments import add_order, make_paying

#: A worker that is killed with kill -9 after so many rows, its lease still running.
DIES = """
import os, signal, sys
from pathlib import Path
from market.clock import utc_now
from market.reports.edge import write_job
from market.reports.flows import make_file
from market.reports.store import LargeFolder
from tests.factories.bare import bare_app

def killed(job, asked, rows, file, folder):
    def dying():
        for number, row in enumerate(rows):
            if number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield row
    write_job(job, asked, dying(), file, folder)

with bare_app().app_context():
    make_file(int(sys.argv[2]), LargeFolder(Path(sys.argv[1]) / "files"), killed, utc_now,
              Path(sys.argv[1]) / "tmp")
"""


@pytest.fixture
def made(committed, config):
    """A paid round of five orders, somebody who may, and a job for its orders as CSV."""
    with transaction() as session:
        paying = make_paying(session)
        for _each in range(5):
            add_order(session, paying, 4)
        make_producing(session, paying)
        user = make_user(session)
        make_grant(session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
        job_id = ask_job(session, paying.round.id, user.id)
        found = Made(committed, config, user, paying.round.id, job_id)
    db.session.remove()
    return found


class Made:
    """What the fixture made."""

    def __init__(self, app, config, user, round_id, job_id):
        self.app, self.config, self.user = app, config, user
        self.round_id, self.job_id = round_id, job_id
        self.store, self.scraps = large_store_of(config), config.market_home / "tmp"

    def make(self, *, store=None, clock=utc_now, write=write_job):
        return make_file(self.job_id, store or self.store, write, clock, self.scraps)

    def job(self):
        db.session.remove()
        with transaction() as session:
            return find_job(session, self.job_id)

    def kept(self):
        with transaction() as session:
            return session.scalar(select(func.count()).select_from(StoredFile))


def ask_job(session, round_id, user_id, *, key="orders_by_buyer", areas=(TAMBON,), format_="csv"):
    asked, _round, _stage = ask(
        session, BY_KEY[key], Scope(areas=areas), round_id=round_id, stage="",
        month_on=utc_now().date().replace(day=1), language="th", now=utc_now(),
    )  # fmt: skip
    rows = count_rows(session, asked)
    return commands.ask_file(session, asked, format_, user_id=user_id, rows=rows, now=utc_now())


def test_two_taps_at_once_are_one_file(made):
    ids, ready = [], Barrier(2)

    def tap():
        with made.app.app_context():
            ready.wait()
            with transaction() as session:
                ids.append(ask_job(session, made.round_id, made.user.id, format_="xlsx"))
            db.session.remove()

    taps = [Thread(target=tap) for _each in range(2)]
    for tap_ in taps:
        tap_.start()
    for tap_ in taps:
        tap_.join()

    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.slow
def test_a_killed_worker_is_followed_by_another_and_there_is_one_file(made, settings):
    worker = subprocess.run(
        [sys.executable, "-c", DIES, str(made.config.market_home), str(made.job_id)],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()
    assert made.job().state == "asked"
    assert not made.make()  # its lease still runs
    with transaction() as session:
        assert commands.jobs_to_make(session, utc_now()) == []
    later = utc_now() + JOB_LEASE + timedelta(seconds=1)
    with transaction() as session:
        assert commands.jobs_to_make(session, later) == [made.job_id]
    assert made.make(clock=lambda: later)
    assert not made.make(clock=lambda: later)  # rung twice
    assert (made.job().state, made.job().rows_done, made.kept()) == ("ready", 5, 1)
    assert list(made.scraps.glob("report-*")) == []


def test_a_maker_who_was_overtaken_leaves_nothing_behind(made):
    def overtaken(job, asked, rows, file, folder):
        write_job(job, asked, rows, file, folder)
        late = utc_now() + JOB_LEASE + timedelta(seconds=1)
        with db.engine.begin() as beside:  # another one found the lease over
            beside.execute(text("UPDATE report_job SET tries = tries + 1, claimed_until = :t"),
                           {"t": late})  # fmt: skip

    assert not made.make(write=overtaken)
    assert (made.job().state, made.kept()) == ("asked", 0)


class Broken(LargeFolder):
    """A store that takes nothing."""

    def put_file(self, name, file, size_bytes):
        raise Unavailable("file_is_gone", said=503)


def test_a_store_that_is_down_costs_tries_and_then_the_file_is_given_up(made):
    now = utc_now()
    for each in range(JOB_TRIES):
        at = now + each * (JOB_LEASE + timedelta(seconds=1))
        with pytest.raises(Unavailable):
            made.make(store=Broken(made.config.market_home / "files"), clock=lambda at=at: at)
        assert (made.job().state, made.job().tries) == ("asked", each + 1)
    with transaction() as session:
        assert commands.jobs_to_make(session, now + timedelta(hours=1)) == []
    assert made.job().state == "failed"
    with transaction() as session:  # a failed one does not stand in the way of another try
        assert ask_job(session, made.round_id, made.user.id) != made.job_id


def test_a_download_goes_on_where_it_broke_off_and_only_with_the_right(made):
    assert made.make()
    path = f"/reports/files/{made.job_id}/take"
    mine = browser_of(made.app, made.user)

    whole = mine.get(path)
    half = whole.data[:100]
    etag = whole.headers["ETag"]
    rest = mine.get(path, headers={"Range": f"bytes={len(half)}-", "If-Range": etag})
    other = mine.get(path, headers={"Range": "bytes=100-", "If-Range": '"old"'})
    beyond = mine.get(path, headers={"Range": "bytes=99999999-"})
    known = mine.get(path, headers={"If-None-Match": etag})

    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert whole.headers["Content-Type"].startswith("text/csv")
    assert (rest.status_code, half + rest.data) == (206, whole.data)
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.data) - 1}/{len(whole.data)}"
    assert (other.status_code, other.data) == (200, whole.data)
    assert (beyond.status_code, known.status_code) == (416, 304)
    assert len(list(csv.reader(whole.data.decode("utf-8-sig").splitlines()))) == 6

    with transaction() as session:
        neighbour = make_user(session)
        make_grant(session, neighbour, Role.TAMBON_COORDINATOR, area=AMPHOE + "02")
        wider = make_user(session)
        make_grant(session, wider, Role.PROVINCE_COORDINATOR, area=TAMBON[:2])
    assert browser_of(made.app, neighbour).get(path).status_code == 403
    assert browser_of(made.app, wider).get(path).status_code == 200
    with transaction() as session:  # each who took it is in the trail, once a day
        taken = select(AuditEvent.actor).where(AuditEvent.event == "file.taken")
        actors = [f"user:{user_id}" for user_id in (made.user.id, wider.id)]
        assert session.scalars(taken.order_by(AuditEvent.id)).all() == actors
    with transaction() as session:  # the right is asked again at each download
        session.execute(text("DELETE FROM grant_ WHERE user_id = :u"), {"u": made.user.id})
    assert mine.get(path).status_code == 403


def test_progress_is_304_until_it_changes_and_a_lost_file_says_so(made):
    page = f"/reports/files/{made.job_id}"
    mine = browser_of(made.app, made.user)
    ask_again = {"HX-Request": "true"}

    first = mine.get(page, headers=ask_again)
    same = mine.get(page, headers=ask_again | {"If-None-Match": first.headers["ETag"]})
    assert made.make()
    ready = mine.get(page, headers=ask_again | {"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, same.status_code, ready.status_code) == (200, 304, 200)
    assert f"{page}/take" in ready.get_data(as_text=True)
    made.store.drop(made.job().sha256)
    assert mine.get(f"{page}/take").status_code == 503
    assert end_old_files(made.store, utc_now() + timedelta(days=8)) == 1
    assert (made.job().state, made.kept()) == ("expired", 0)
    assert mine.get(f"{page}/take").status_code == 404


def test_a_report_by_mail_goes_once_to_those_who_still_may(made):
    with transaction() as session:
        second, gone = make_user(session), make_user(session)
        for user in (second, gone):
            make_grant(session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
        schedule_id = add_schedule(
            session,
            NewSchedule(
                user_id=made.user.id, report="make_list", format="xlsx", occasion="confirmed",
                recipients=[made.user.id, second.id, gone.id],
            ),
            now=utc_now() - timedelta(hours=1),
        )  # fmt: skip
        session.execute(text("DELETE FROM grant_ WHERE user_id = :u"), {"u": gone.id})
    freeze_due(utc_now)

    jobs = send_due(utc_now, titles_of)
    again = send_due(utc_now, titles_of)

    assert (len(set(jobs)), again) == (1, [])  # one scope, one file; never twice
    with transaction() as session:
        outcomes = dict(session.execute(select(ReportSending.user_id, ReportSending.outcome)).all())
        notices = session.execute(
            text("SELECT user_id, payload FROM notice WHERE event = 'report.ready'"
                 " AND channel = 'inapp' ORDER BY user_id")
        ).all()  # fmt: skip
    assert outcomes == {made.user.id: "told", second.id: "told", gone.id: "no_right"}
    assert [row.user_id for row in notices] == [made.user.id, second.id]
    assert all(row.payload["link"] == f"/reports/files/{jobs[0]}" for row in notices)
    with transaction() as session:
        leave_schedule(session, schedule_id, user_id=second.id, now=utc_now())
        for _tap in range(2):
            stop_schedule(session, schedule_id, user_id=made.user.id, now=utc_now())
        session.execute(text("DELETE FROM report_sending"))
        stops = select(func.count()).where(AuditEvent.event == "report.stopped")
        assert session.scalar(stops) == 1
    assert send_due(utc_now, titles_of) == []


def test_only_people_with_the_right_can_be_chosen_and_only_the_owner_stops_it(made):
    mine = browser_of(made.app, made.user)
    with transaction() as session:
        stranger = make_user(session, name="คนอื่นไกล")
        make_grant(session, stranger, Role.PROVINCE_COORDINATOR, area="97")
        names = session.scalar(select(func.count()).select_from(ReportJob))
    assert names == 1

    form = mine.get("/reports/make_list/schedule").get_data(as_text=True)
    assert 'value="confirmed"' in form
    assert 'value="closed"' not in form, "nothing is to be made before the groups were asked"
    refused = mine.post("/reports/make_list/schedule",
                        data={"occasion": "closed", "to": stranger.id})  # fmt: skip
    wanted = {"occasion": "delivery_day", "format": "page", "to": made.user.id}
    kept = mine.post("/reports/make_list/schedule", data=wanted)

    assert "คนอื่นไกล" not in form
    assert (refused.status_code, kept.status_code) == (422, 303)
    with transaction() as session:
        schedule_id = session.scalar(text("SELECT max(id) FROM report_schedule"))
    for step, away in (("leave", True), ("rejoin", False)):
        assert mine.post(f"/reports/schedules/{schedule_id}/{step}").status_code == 303
        list_ = mine.get("/reports/schedules").get_data(as_text=True)
        assert ("ส่งให้ฉันอีก" in list_) is away
    other = browser_of(made.app, stranger)
    assert other.post(f"/reports/schedules/{schedule_id}/rejoin").status_code == 303
    with transaction() as session:
        assert session.scalars(text("SELECT user_id FROM report_recipient WHERE schedule_id ="
                                    f" {schedule_id}")).all() == [made.user.id]  # fmt: skip
    assert other.post(f"/reports/schedules/{schedule_id}/stop").status_code == 403
    assert mine.post(f"/reports/schedules/{schedule_id}/stop").status_code == 303


@pytest.mark.skipif(bool(pdf_is_missing()), reason="no Pango here")
def test_a_pdf_is_a_file_of_pages(made):
    with transaction() as session:
        made.job_id = ask_job(session, made.round_id, made.user.id, key="pickup", format_="pdf")

    assert made.make()

    data = made.store.read(made.job().sha256, 0, 1 << 20)
    assert data.startswith(b"%PDF-")
    assert flows.asked_of(made.job()).report.key == "pickup"
