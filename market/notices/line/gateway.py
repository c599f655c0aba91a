"""LINE's Messaging API, by its own library: messages out, checked events in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import (
    ApiClient,
    ButtonsTemplate,
    Configuration,
    MessagingApi,
    PostbackAction,
    PushMessageRequest,
    ReplyMessageRequest,
    TemplateMessage,
    TextMessage,
    URIAction,
)
from linebot.v3.messaging.exceptions import ApiException
from linebot.v3.webhook import WebhookParser
from linebot.v3.webhooks import (
    FollowEvent,
    MessageEvent,
    PostbackEvent,
    TextMessageContent,
    UnfollowEvent,
    UserSource,
)
from urllib3.exceptions import HTTPError

from market.errors import Refused, Unavailable
from market.notices.rules import ChatEvent, Letter

TIMEOUT_SECONDS = 8
TEXT_LENGTH, TEMPLATE_LENGTH, LABEL_LENGTH, MOST_BUTTONS = 4500, 160, 20, 4
#: A retry key is a UUID; ours is made from the notice's own key, so that a message whose answer
#: was lost is not sent a second time (the API answers 409 for 24 hours).
_KEYS = uuid.UUID("6f0b9d9e-6a52-4a4e-9d3e-2f1a6c7f5b10")
_TAKEN, _BUSY = 409, frozenset({408, 429})


@dataclass(frozen=True)
class LineCarrier:
    """Pushes and replies for one official account. base: another server, for trying out."""

    token: str
    base: str | None = None

    def send(self, letter: Letter) -> None:
        """One push, counted once however many bubbles it has.

        Raises Unavailable for later, Refused when this person can never be reached.
        """
        request = PushMessageRequest(to=letter.to, messages=list(_bubbles(letter)))
        key = str(uuid.uuid5(_KEYS, letter.key))
        self._call(lambda api: api.push_message(
            request, x_line_retry_key=key, _request_timeout=TIMEOUT_SECONDS
        ))  # fmt: skip

    def reply(self, token: str, letter: Letter) -> None:
        """Answer in the chat at once; replies are not counted."""
        request = ReplyMessageRequest(reply_token=token, messages=list(_bubbles(letter)))
        self._call(lambda api: api.reply_message(request, _request_timeout=TIMEOUT_SECONDS))

    def used(self) -> int:
        """Messages that LINE counts against this month's quota, also those sent by hand.

        Raises Unavailable.
        """
        counted = self._call(lambda api: api.get_message_quota_consumption(
            _request_timeout=TIMEOUT_SECONDS
        ))  # fmt: skip
        usage = getattr(counted, "total_usage", None)
        if not isinstance(usage, int) or usage < 0:
            raise Unavailable("line_not_sent", reason="no count")
        return usage

    def _call(self, act: Callable[[MessagingApi], object]) -> object:
        settings = Configuration(
            access_token=self.token, **({"host": self.base} if self.base else {})
        )
        try:
            with ApiClient(settings) as client:
                return act(MessagingApi(client))
        except ApiException as failure:
            _raise(failure.status or 0, str(failure.body or ""))
            return None
        except (HTTPError, OSError, ValueError) as failure:
            raise Unavailable("line_not_sent", reason=type(failure).__name__) from failure


def _raise(status: int, body: str) -> None:
    if status == _TAKEN:
        return  # it was taken the first time
    if "monthly limit" in body:
        raise Refused("line_quota_used", status=status)
    if status in _BUSY or status >= 500 or status in (401, 403):
        raise Unavailable("line_not_sent", reason=f"HTTP {status}")
    raise Refused("line_refused", status=status)


def _bubbles(letter: Letter) -> Iterator[TextMessage | TemplateMessage]:
    yield TextMessage(text=letter.text[:TEXT_LENGTH])
    actions = [
        PostbackAction(label=one.label[:LABEL_LENGTH], data=one.data, display_text=one.label)
        for one in letter.buttons[: MOST_BUTTONS - 1]
    ]
    if letter.link:
        actions.append(URIAction(label=letter.open_word[:LABEL_LENGTH], uri=letter.link))
    if actions:
        template = ButtonsTemplate(text=letter.subject[:TEMPLATE_LENGTH], actions=actions)
        yield TemplateMessage(alt_text=letter.subject[:400], template=template)


def read_events(secret: str, body: str, signature: str) -> list[ChatEvent]:
    """What people did in the chat. Raises Refused where LINE did not sign it, or it is no JSON."""
    try:
        events = WebhookParser(secret).parse(body, signature)
    except InvalidSignatureError as wrong:
        raise Refused("chat_not_signed") from wrong
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refused("chat_unreadable") from wrong
    return [told for event in events if (told := _told(event)) is not None]


def _told(event: object) -> ChatEvent | None:
    """Only what is said to us alone: in a chat of many, "yes" is an answer to somebody else."""
    source = getattr(event, "source", None)
    sender = source.user_id if isinstance(source, UserSource) else None
    key = getattr(event, "webhook_event_id", None)
    if not sender or not key:
        return None
    reply = getattr(event, "reply_token", None) or ""
    if isinstance(event, PostbackEvent):
        return ChatEvent(key=key, sender=sender, data=event.postback.data, reply_token=reply)
    if isinstance(event, MessageEvent) and isinstance(event.message, TextMessageContent):
        return ChatEvent(key=key, sender=sender, text=event.message.text, reply_token=reply)
    if isinstance(event, FollowEvent | UnfollowEvent):
        kind = "follow" if isinstance(event, FollowEvent) else "unfollow"
        return ChatEvent(key=key, sender=sender, data=kind, reply_token=reply)
    return None
