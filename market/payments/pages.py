"""The blueprints of money beside the buyer's own: desks, papers, members' shares."""

from __future__ import annotations

from market.payments.back import views as back
from market.payments.complaints import views as complaints
from market.payments.desk import views as desk
from market.payments.inbox import views as inbox
from market.payments.outbox import views as outbox
from market.payments.paper import views as paper
from market.payments.refunds import views as refunds
from market.payments.sharing import views as sharing
from market.payments.statements import views as statements

BLUEPRINTS = (
    back.bp,
    complaints.bp,
    desk.bp,
    inbox.bp,
    outbox.bp,
    paper.bp,
    refunds.bp,
    sharing.bp,
    statements.bp,
)
