"""Somebody leaves and the worker is killed with kill -9: nothing half, and the next one ends it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from market.accounts.models import User
from market.accounts.own.deletions import ask_deletion
from market.accounts.own.exports import ask_export
from market.accounts.own.models import AccountDeletion
from market.clock import utc_now
from market.db import db, transaction
from market.files import Folder, keep_file
from market.local import ROOT
from market.overviews.my_data.flows import forget_due, make_export
from market.overviews.my_data.words import pages
from market.voices.models import Thanks
from tests.factories.accounts import make_user
from tests.factories.payments import add_order, make_paying

NAME = "ผู้จากไปกลางคัน"
#: The worker's step, in a process of its own whose store kills it at the n-th file it drops.
DIES = """
import os, signal, sys
from datetime import timedelta
from market.clock import utc_now
from market.files import Folder
from market.overviews.my_data.flows import forget_due
from tests.factories.bare import bare_app

class Killing(Folder):
    left = int(sys.argv[2])
    def drop(self, name):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super().drop(name)

with bare_app().app_context():
    from pathlib import Path
    forget_due(Killing(Path(sys.argv[1])), lambda: utc_now() + timedelta(days=8))
"""


@pytest.fixture
def leaver(committed, tmp_path):
    """Somebody with an archive and a thank-you picture: two files that go."""
    store = Folder(tmp_path)
    with transaction() as session:
        user = make_user(session, name=NAME)
        paying = make_paying(session)
        order = add_order(session, paying, 10)
        session.execute(text("UPDATE buyer SET user_id = :u, name = :n"), {"u": user.id, "n": NAME})
        session.execute(text("UPDATE round SET state = 'completed'"))
        picture = keep_file(
            session, store, b"picture", kind="image/webp", owner="order:1", now=utc_now()
        )
        row = {
            "order_id": order.id, "group_id": paying.group.id, "words": "ขอบคุณ",
            "file_hash": picture, "is_public": False, "show_name": False, "sent_at": utc_now(),
        }  # fmt: skip
        # The guard wants goods received, which is another story.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(insert(Thanks), [row])
        session.execute(text("SET LOCAL session_replication_role = origin"))
        export_id = ask_export(session, user.id, now=utc_now())
        ask_deletion(session, user.id, now=utc_now())
        user_id = user.id
    make_export(export_id, store, pages, utc_now)
    return user_id, store


def names(user_id):
    with transaction() as session:
        user = session.scalar(select(User.name).where(User.id == user_id))
        buyer = session.scalar(text("SELECT name FROM buyer WHERE user_id = :u"), {"u": user_id})
        done = session.scalar(select(AccountDeletion.done_at))
    return user, buyer, done is not None


@pytest.mark.slow
@pytest.mark.parametrize("files", [0, 1])
def test_a_killed_worker_leaves_a_whole_person_and_the_next_one_ends_it(leaver, settings, files):
    user_id, store = leaver
    db.session.remove()

    worker = subprocess.run(
        [sys.executable, "-c", DIES, str(store.root), str(files)],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()
    # The archive goes before the rows, the picture that they name after them: not done before.
    whole = (NAME, NAME) if files == 0 else ("–", "–")
    assert names(user_id) == (*whole, False)
    assert forget_due(store, lambda: utc_now() + timedelta(days=8)) == 1
    assert names(user_id) == ("–", "–", True)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
