"""A part of a page that renews itself, asked for once more by a browser that knows it."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PART = {"HX-Request": "true"}


def asked_twice(browser: FlaskClient, path: str) -> tuple[TestResponse, TestResponse]:
    """The part, and the answer to who has it; again where the minute it shows has just changed."""
    for _ in range(3):
        first = browser.get(path, headers=PART)
        known = PART | {"If-None-Match": first.headers["ETag"]}
        again = browser.get(path, headers=known)
        if again.status_code == 304:
            break
    return first, again
