"""The words of rights: roles and what a signed link is for."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is in an area or a group. A consumer needs no grant."""

    GROUP_LEADER = "group_leader"
    TREASURER = "treasurer"
    MEMBER = "member"
    TAMBON_COORDINATOR = "tambon_coordinator"
    PROVINCE_COORDINATOR = "province_coordinator"
    MARKETING = "marketing"
    FINANCE = "finance"
    PARTNER = "partner"
    ADMINISTRATOR = "administrator"


class LinkPurpose(StrEnum):
    """What the holder of a signed link may do, and nothing else."""

    ANSWER = "answer"  # a group's leader answers and reports making in one round
    ORDER = "order"  # a guest sees, pays, changes and cancels one order
