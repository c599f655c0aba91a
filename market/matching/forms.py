"""What groups and coordinators send about matches. Numbers may be typed in Thai digits."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf, Length

from market.errors import Refused
from market.matching.calling.commands import Call
from market.matching.calling.rules import PERSON_LENGTH, PHONE_LENGTH, Outcome
from market.matching.queries import AskView
from market.matching.rules import NOTE_LENGTH, Answer, AnswerReason, check_part
from market.thai import normalise, whole_number
from market.web import sentence

REASON_LENGTH = 500


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """An answer to an ask; ``check`` holds it against the ask."""

    answer = StringField(validators=[AnyOf([Answer.ALL.value, Answer.PART.value, Answer.NO.value])])
    units = StringField()
    reason = StringField()
    note = StringField(validators=[Length(max=NOTE_LENGTH)])
    person = StringField(validators=[Length(max=PERSON_LENGTH)])
    phone = StringField(validators=[Length(max=PHONE_LENGTH)])
    confirmed: int | None = None

    def call(self, ask_id: int) -> Call:
        """The call in which a coordinator answered for the group."""
        return Call(
            outcome=Outcome.REACHED, person=self.person.data or "", phone=self.phone.data or "",
            words=self.note.data or "", ask_id=ask_id,
        )  # fmt: skip

    def check(self, ask: AskView, *, on_behalf: bool = False) -> bool:
        """Complete for this ask? Adds what is missing to the fields' errors."""
        faults = [self._units_fault(ask), self._reason_fault(), self._note_fault(on_behalf)]
        for field, fault in zip((self.units, self.reason, self.note), faults, strict=True):
            if fault is not None:
                field.errors = (*field.errors, fault)
        return not any(faults)

    def _units_fault(self, ask: AskView) -> str | None:
        if self.answer.data != Answer.PART:
            return None
        try:
            typed = whole_number(self.units.data or "", low=0, high=10**9 - 1)
            self.confirmed = check_part(typed, ask.parts)
        except Refused as refusal:
            return sentence(refusal)
        return None

    def _reason_fault(self) -> str | None:
        if self.answer.data == Answer.ALL or self.reason.data in tuple(AnswerReason):
            return None
        return str(_("Choose why, so that the coordinator can help."))

    def _note_fault(self, on_behalf: bool) -> str | None:
        if not on_behalf or normalise(self.note.data or ""):
            return None
        return str(_("Write who you spoke to and what they said."))


class RunForm(FlaskForm):  # type: ignore[misc]
    """Why a match is put aside and computed again."""

    reason = StringField(validators=[Length(max=REASON_LENGTH)])

    def words(self) -> str | None:
        """The reason in the stored spelling; None when nothing was typed."""
        return normalise(self.reason.data or "") or None
