"""What people are told of, over what, and how soon unless they say otherwise."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a notice is about."""

    TASK_OPENED = "task_opened"
    TASK_RETURNED = "task_returned"
    REMARK = "remark"
    CASE_ENDED = "case_ended"
    WITHDRAWN = "withdrawn"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class Channel(StrEnum):
    """Where people are told: in the house, by mail, by SMS."""

    APP = "app"
    MAIL = "mail"
    SMS = "sms"


class Mode(StrEnum):
    """How soon: at once, once a working day together with others, or not at all."""

    NOW = "now"
    DAILY = "daily"
    NEVER = "never"


OF_TASKS: Final = frozenset({Kind.TASK_OPENED, Kind.TASK_RETURNED, Kind.DUE_SOON, Kind.OVERDUE})
"""Notices that ask for work: moot once somebody has done it."""
OUTWARD: Final = (Channel.MAIL, Channel.SMS)
MODES: Final[Mapping[Channel, tuple[Mode, ...]]] = {
    Channel.APP: (Mode.NOW, Mode.NEVER),
    Channel.MAIL: (Mode.NOW, Mode.DAILY, Mode.NEVER),
    Channel.SMS: (Mode.NOW, Mode.NEVER),
}
"""An SMS costs money and room: there is no digest of it."""
_BY_MAIL_AT_ONCE: Final = frozenset({Kind.TASK_RETURNED, Kind.CASE_ENDED, Kind.DUE_SOON, Kind.OVERDUE})
_BY_SMS: Final = frozenset({Kind.TASK_RETURNED, Kind.CASE_ENDED})


def default_mode(kind: Kind, channel: Channel) -> Mode:
    """Return how people are told who have not said anything about it."""
    if channel is Channel.APP:
        return Mode.NOW
    if channel is Channel.MAIL:
        return Mode.NOW if kind in _BY_MAIL_AT_ONCE else Mode.DAILY
    return Mode.NOW if kind in _BY_SMS else Mode.NEVER
