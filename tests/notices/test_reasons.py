"""What the market reads about messages that did not leave."""

import pytest

from market.accounts.rules import Role
from market.clock import utc_now
from market.notices.models import Notice
from market.notices.rules import Channel, NoticeState
from tests.factories.accounts import browser_of, make_grant, make_user

REASONS = {
    "TimeoutError": "the service did not answer in time", "HTTP 418": "not taken (HTTP 418)",
}  # fmt: skip


@pytest.mark.parametrize("error", REASONS)
def test_why_it_did_not_leave_is_said_in_words_and_a_chat_s_id_is_not_shown(session, app, error):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    session.add(
        Notice(
            user_id=user.id, channel=Channel.LINE, address="U-secret", event="order.ready",
            subject="order:1", payload={}, state=NoticeState.FAILED, due_at=utc_now(), attempts=5,
            error=error,
        )
    )  # fmt: skip
    session.flush()
    for path in ("/notices/channels", "/notices/sent"):
        shown = browser_of(app, user, language="en").get(path).text
        assert REASONS[error] in shown
        assert "U-secret" not in shown
