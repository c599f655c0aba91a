"""What the chat answers, in the leader's language. Part of the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from market.errors import Refused
from market.filters import as_date
from market.matching.chat.rules import Heard, Outcome, button_data
from market.matching.rules import Answer, AnswerReason
from market.notices.rules import Button, Channel, Letter
from market.web import language, sentence

Said = tuple[str, tuple[Button, ...]]


def reply_to(heard: Heard, key: str, channel: Channel = Channel.LINE) -> Letter:
    """The answer to an event: words, and where something is still to be said buttons, or by text
    message what to type.
    """
    with force_locale(heard.language):
        text, buttons = WORDS[heard.outcome](heard.data)
        if channel is Channel.SMS and heard.outcome is Outcome.ASK_WHICH:
            text, buttons = _which_by_text(heard.data), ()
        subject = str(_("Choose one:")) if buttons else ""
    return Letter(key=key, to="", subject=subject, text=text, buttons=buttons)


def _goods(items: list[dict[str, Any]], count: str = "units") -> str:
    lang = language()
    return ", ".join(f"{one[f'name_{lang}']} {one[count]:,} {one[f'unit_{lang}']}" for one in items)


def _plan(items: list[dict[str, Any]]) -> str:
    """What is made for which day, a line a day."""
    days = sorted({one["ready_on"] for one in items})
    lines = [
        _("%(goods)s, ready on %(day)s", day=as_date(day),
          goods=_goods([one for one in items if one["ready_on"] == day]))
        for day in days
    ]  # fmt: skip
    return "\n".join(lines)


def _taken(data: Mapping[str, Any]) -> Said:
    items = data["items"]
    if data["answer"] == Answer.NO:
        text = _("Noted: not this time (%(goods)s). Other groups are asked.", goods=_goods(items))
        return text, ()
    return _("Noted, the group makes:\n%(plan)s\nThank you.", plan=_plan(items)), ()


def _already(data: Mapping[str, Any]) -> Said:
    stands = _goods(data["items"], "confirmed_units")
    return (
        _(
            "You have answered already. This stands: %(goods)s."
            " To change it, call your coordinator.",
            goods=stands,
        ),
        (),
    )


def _ask_reason(data: Mapping[str, Any]) -> Said:
    one = data["items"][0]
    reasons = {
        AnswerReason.RAIN: _("Rain or flood"),
        AnswerReason.PEOPLE: _("Not enough people"),
        AnswerReason.MATERIAL: _("No material"),
    }
    buttons = tuple(
        Button(str(label), button_data(Answer.NO, one["round_id"], one["group_id"], str(reason)))
        for reason, label in reasons.items()
    )
    return _("What is the reason?"), buttons


def _places(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list({(one["round_id"], one["group_id"]): one for one in data["items"]}.values())


def _ask_which(data: Mapping[str, Any]) -> Said:
    buttons = tuple(
        Button(_label(one), button_data(Answer(data["answer"]), one["round_id"], one["group_id"]))
        for one in _places(data)
    )
    return _("Several orders wait for you. Which one do you mean?"), buttons


def _label(one: Mapping[str, Any]) -> str:
    group: str = one[f"group_{language()}"]
    return f"{_('Round %(n)s', n=one['number'])} {group}"


def _which_by_text(data: Mapping[str, Any]) -> str:
    digit = 1 if data["answer"] == Answer.ALL else 2
    lines = [f"{digit} #{one['job']} = {_label(one)}" for one in _places(data)]
    return "\n".join([_("Several orders wait. Answer like this:"), *lines])


def _refused(data: Mapping[str, Any]) -> Said:
    return sentence(Refused(**data)), ()


#: What is said to each outcome, and the buttons under it.
WORDS: dict[Outcome, Callable[[Mapping[str, Any]], Said]] = {
    Outcome.TAKEN: _taken,
    Outcome.ALREADY: _already,
    Outcome.ASK_REASON: _ask_reason,
    Outcome.ASK_WHICH: _ask_which,
    Outcome.REFUSED: _refused,
    Outcome.NOTHING_WAITS: lambda _data: (_("Nothing waits for your answer just now."), ()),
    Outcome.NOT_UNDERSTOOD: lambda _data: (
        _("Answer 1 if the group can make it, 2 if not. For a part, open the link we sent you."),
        (),
    ),
    Outcome.UNKNOWN_PERSON: lambda _data: (
        _(
            "We do not know this chat yet. Sign in at the market, open 'How we tell you' and send"
            " us the code that is shown there."
        ),
        (),
    ),
    Outcome.GREETED: lambda _data: (
        _("Welcome. We write here when a round needs you, and only then."),
        (),
    ),
    Outcome.LINKED: lambda data: (
        _("Linked with the account of %(name)s. From now on we write to you here.", **data), (),
    ),
}  # fmt: skip
