"""Mailers and words for tests of the outbox."""

from dataclasses import dataclass, field

from market.errors import Unavailable
from market.notices.rules import ClaimedNotice, Letter


@dataclass
class PatientMailer:
    """Keeps what it is given; away for the first ``away`` letters."""

    away: int = 0
    sent: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        """Take the letter, or not."""
        if self.away:
            self.away -= 1
            raise Unavailable("mail_not_sent", reason="ConnectionRefusedError")
        self.sent.append(letter)


def short_letter(notice: ClaimedNotice) -> Letter:
    """Words that need no template."""
    return Letter(str(notice.id), notice.address, notice.event, str(notice.payload), "")
