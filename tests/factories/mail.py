"""Mailers and words for tests of the outbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from market.clock import utc_now
from market.errors import Unavailable
from market.notices.flows import Post
from market.notices.rules import Channel, ClaimedNotice, Letter, Mailer, Render


@dataclass
class PatientMailer:
    """Keeps what it is given; away for the first ``away`` letters."""

    away: int = 0
    unsure: bool = False  # and whether such a letter may have left nevertheless
    sent: list[Letter] = field(default_factory=list)
    asked: int = 0
    ref: str | None = None  # its name for the message

    def send(self, letter: Letter) -> str | None:
        """Take the letter, or not."""
        self.asked += 1
        if self.away:
            self.away -= 1
            raise Unavailable("mail_not_sent", reason="ConnectionRefusedError", unsure=self.unsure)
        self.sent.append(letter)
        return self.ref


def short_letter(notice: ClaimedNotice) -> Letter:
    """Words that need no template."""
    return Letter(str(notice.id), notice.address, notice.event, str(notice.payload), "")


def one_letter(letters: Sequence[Letter], language: str) -> Letter:
    """Several as one, without a template either."""
    return replace(letters[0], text="\n".join(one.text for one in letters))


def by_mail(
    mailer: Mailer,
    render: Render = short_letter,
    clock: Callable[[], datetime] = utc_now,
) -> Post:
    """A post that knows mail only."""
    return Post(carriers={Channel.EMAIL: mailer}, render=render, clock=clock, digest=one_letter)
