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
from storage.models.notifications import Delivery, Notification, NotificationPreference, Reminder
from storage.models.paces import CasePace
from storage.models.papers import IssuedDocument
from storage.models.processes import (
    AwaitedMessage,
    Definition,
    DefinitionCall,
    DefinitionFile,
    Instance,
    NumberSequence,
    Task,
    Timer,
)
from storage.models.registers import Invoice, PaymentOrder, RegisterEntry, RegisterKey
from storage.models.workers import WorkerSeen

__all__ = [
    "AccessRecord",
    "AccessToken",
    "Account",
    "AccountRole",
    "Attachment",
    "AwaitedMessage",
    "CalendarDay",
    "CalendarYear",
    "CasePace",
    "Definition",
    "DefinitionCall",
    "DefinitionFile",
    "Delivery",
    "Draft",
    "Event",
    "Group",
    "GroupMember",
    "IdempotencyKey",
    "Incident",
    "Instance",
    "Invoice",
    "IssuedDocument",
    "Job",
    "LaneBinding",
    "LoginSession",
    "Membership",
    "Notification",
    "NotificationPreference",
    "NumberSequence",
    "Organisation",
    "PaymentOrder",
    "PersonalValue",
    "RegisterEntry",
    "RegisterKey",
    "Reminder",
    "SetupToken",
    "StreamHead",
    "Subject",
    "SubjectIndex",
    "Submission",
    "Task",
    "Throttle",
    "Timer",
    "WorkerSeen",
]
