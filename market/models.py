"""Every table in one import, for migrations and tests."""

from __future__ import annotations

import market.accounts.models
import market.accounts.own.models
import market.campaigns.institutions.models
import market.campaigns.models
import market.catalogue.models
import market.catalogue.photos.models
import market.files
import market.fulfilment.gathering.models
import market.fulfilment.models
import market.imports.models
import market.livelihood.models
import market.made_to_order.models
import market.matching.calling.models
import market.matching.models
import market.matching.resolving.models
import market.matching.whatif.models
import market.mentoring.models
import market.notices.models
import market.notices.returned.models
import market.orders.models
import market.orders.standing.models
import market.orders.together.models
import market.payments.models
import market.places.models
import market.reports.models
import market.rounds.models
import market.rounds.planning.models
import market.rounds.signals.models
import market.stories.models
import market.voices.models  # noqa: F401
