"""Can a round be paid for the way it says?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup
from market.errors import Refused
from market.rounds.methods import CAPABILITIES, Asking, Payee, PayMethod, PayPolicy, offered
from market.rounds.models import Round, RoundOffer

_ALL_LIVE = frozenset(method for method, can in CAPABILITIES.items() if can.live)


def check_payment(session: Session, round_: Round) -> None:
    """Refused where no method can keep the round's promise, or a group that is to be paid
    directly has no PromptPay number.
    """
    asking = Asking(policy=PayPolicy(round_.pay_policy), payee=Payee(round_.payee), live=_ALL_LIVE)
    known = [method for method in round_.pay_methods if method in set(PayMethod)]
    if not offered(known, asking) or len(known) < len(round_.pay_methods):
        raise Refused("no_pay_method_fits")
    if asking.payee is Payee.GROUPS:
        _refuse_groups_without_promptpay(session, round_.id)


def _refuse_groups_without_promptpay(session: Session, round_id: int) -> None:
    query = (
        select(ProducerGroup.name_th, ProducerGroup.name_en)
        .join(RoundOffer, RoundOffer.group_id == ProducerGroup.id)
        .where(RoundOffer.round_id == round_id, ProducerGroup.promptpay_id.is_(None))
        .order_by(ProducerGroup.id)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is not None:
        raise Refused("group_without_promptpay", group_th=row.name_th, group_en=row.name_en)
