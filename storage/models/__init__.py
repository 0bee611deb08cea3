"""Every table of the house, by noun."""

from storage.models.accounts import (
    AccessToken,
    Account,
    AccountRole,
    Group,
    GroupMember,
    LaneBinding,
    LoginSession,
    Membership,
    Organisation,
    SetupToken,
    Throttle,
)
from storage.models.calendars import CalendarDay, CalendarYear
from storage.models.cases import Attachment, Draft, PersonalValue, Subject, SubjectIndex, Submission
from storage.models.history import AccessRecord, Event, IdempotencyKey, Incident, Job, StreamHead
from storage.models.processes import (
    AwaitedMessage,
    Definition,
    DefinitionFile,
    Instance,
    NumberSequence,
    Task,
    Timer,
)
from storage.models.registers import Invoice, PaymentOrder, RegisterEntry, RegisterKey

__all__ = [
    "AccessRecord", "AccessToken", "Account", "AccountRole", "Attachment", "AwaitedMessage", "CalendarDay",
    "CalendarYear", "Definition", "DefinitionFile", "Draft", "Event", "Group", "GroupMember",
    "IdempotencyKey", "Incident", "Instance", "Invoice", "Job", "LaneBinding", "LoginSession", "Membership",
    "NumberSequence", "Organisation", "PaymentOrder", "PersonalValue", "RegisterEntry", "RegisterKey",
    "SetupToken", "StreamHead", "Subject", "SubjectIndex", "Submission", "Task", "Throttle", "Timer",
]
