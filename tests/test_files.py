"""Files by their hash: kept once, checked when read; a folder and a bucket behave alike."""

import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from market.accounts.own.exports import ask_export, end_export, finish_export
from market.bucket import Bucket, signed_headers
from market.db import transaction
from market.errors import NotFound, Unavailable
from market.files import Folder, drop_file, drop_forgotten, forget_file, keep_file, read_file
from tests.factories.accounts import make_user
from tests.factories.races import together

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Server(BaseHTTPRequestHandler):
    """A bucket that refuses a wrong signature."""

    def handle_any(self):
        length = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(length)
        moment = datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        right = signed_headers(
            self.command, f"http://{self.headers['host']}{self.path}", data,
            key=KEY, secret=SECRET, region="here", now=moment,
        )  # fmt: skip
        if self.headers["authorization"] != right["authorization"]:
            return self.say(403, b"SignatureDoesNotMatch")
        name = urlsplit(self.path).path
        if self.command == "PUT":
            self.server.kept[name] = data
            return self.say(200, b"")
        if name not in self.server.kept:
            return self.say(404, b"NoSuchKey")
        return self.say(200, self.server.kept[name])

    do_GET = do_PUT = handle_any

    def say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Quiet."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as bucket:
        bucket.kept = {}
        threading.Thread(target=bucket.serve_forever, daemon=True).start()
        yield bucket
        bucket.shutdown()


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path, server):
    if request.param == "folder":
        return Folder(tmp_path)
    return Bucket(f"http://127.0.0.1:{server.server_address[1]}/files", KEY, SECRET, "here")


def test_the_published_example_is_signed_as_published():
    headers = signed_headers(
        "GET", "https://examplebucket.s3.amazonaws.com/test.txt", b"", key=KEY, secret=SECRET,
        region="us-east-1", now=datetime(2013, 5, 24, tzinfo=UTC), more={"Range": "bytes=0-9"},
    )  # fmt: skip
    assert headers["authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_what_was_put_is_got_and_what_was_not_is_none(store):
    assert store.get("a" * 64) is None
    for _ in range(2):
        store.put("a" * 64, b"\x00\xff")
    assert store.get("a" * 64) == b"\x00\xff"


def test_a_bucket_that_refuses_or_is_away_is_unavailable(server):
    address = f"http://127.0.0.1:{server.server_address[1]}/files"
    with pytest.raises(Unavailable):
        Bucket(address, KEY, "wrong", "here").put("x", b"x")
    with pytest.raises(Unavailable):
        Bucket("http://127.0.0.1:9/files", KEY, SECRET, "here").get("x")


def test_a_file_is_kept_once_and_its_first_owner_stays(session, store):
    first = keep_file(session, store, b"slip", kind="image/webp", owner="order:1", now=NOW)
    again = keep_file(session, store, b"slip", kind="image/webp", owner="order:2", now=NOW)
    assert first == again
    assert read_file(session, store, first) == ("image/webp", b"slip")
    with pytest.raises(NotFound):
        read_file(session, store, "0" * 64)


def test_a_changed_file_is_not_served(session, tmp_path):
    store = Folder(tmp_path)
    name = keep_file(session, store, b"slip", kind="image/webp", owner="order:1", now=NOW)
    (tmp_path / name[:2] / name).write_bytes(b"other")
    with pytest.raises(Unavailable):
        read_file(session, store, name)
    (tmp_path / name[:2] / name).unlink()
    with pytest.raises(Unavailable):
        read_file(session, store, name)


def keep(store):
    with transaction() as session:
        return keep_file(session, store, b"slip", kind="image/webp", owner="order:1", now=NOW)


def is_whole(store, name):
    with transaction() as session:
        return read_file(session, store, name) == ("image/webp", b"slip")


def forget(name):
    with transaction() as session:
        return forget_file(session, name)


def test_a_commit_that_fails_has_lost_no_file(committed, tmp_path):
    store = Folder(tmp_path)
    name = keep(store)

    def fail():
        with transaction() as session:
            assert forget_file(session, name)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    drop_file(store, name)  # it has its owner, so it stays
    assert drop_forgotten(store) == 0
    assert is_whole(store, name)


def test_what_a_crash_left_is_dropped_by_the_sweep_and_what_came_again_is_kept(committed, tmp_path):
    store = Folder(tmp_path)
    name = keep(store)
    assert forget(name)
    assert keep(store) == name
    assert drop_forgotten(store) == 0
    assert is_whole(store, name)

    assert forget(name)
    assert drop_forgotten(store) == 1
    assert drop_forgotten(store) == 0
    assert store.get(name) is None
    with pytest.raises(NotFound):
        is_whole(store, name)


def test_a_file_that_another_row_names_is_not_forgotten(committed, tmp_path):
    store = Folder(tmp_path)
    name = keep(store)
    with transaction() as session:
        export_id = ask_export(session, make_user(session).id, now=NOW)
        assert finish_export(session, export_id, name, now=NOW)

    assert not forget(name)
    assert drop_forgotten(store) == 0
    with transaction() as session:
        end_export(session, export_id)
        assert forget_file(session, name)


def test_whoever_sends_a_file_while_it_is_dropped_has_it_whole(committed, tmp_path):
    class Slow(Folder):
        def drop(self, name):
            time.sleep(0.3)  # the other one has come meanwhile
            super().drop(name)

    name = keep(Folder(tmp_path))
    forget(name)

    def send():
        time.sleep(0.1)
        return keep(Folder(tmp_path))

    assert together(committed, lambda: drop_file(Slow(tmp_path), name), send) == [None, name]

    assert is_whole(Folder(tmp_path), name)
