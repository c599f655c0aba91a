"""What fulfilment keeps about people."""

from __future__ import annotations

from market.personal import Personal

PERSONAL = Personal(keeps={"member_part": "a group's members, on the group's behalf"})
