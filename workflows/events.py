"""The closed vocabulary of the journal: a subject and a past verb, never free text."""

from enum import StrEnum


class Event(StrEnum):
    """Every action a stream may hold. A new fact is a new member here, reviewed like a table column."""

    INSTANCE_STARTED = "instance.started"
    INSTANCE_WITHDRAWN = "instance.withdrawn"
    INSTANCE_CANCELLED = "instance.cancelled"
    INSTANCE_EXPIRED = "instance.expired"
    INSTANCE_COMPLETED = "instance.completed"
    INSTANCE_FAILED = "instance.failed"
    INSTANCE_QUARANTINED = "instance.quarantined"
    INSTANCE_SUSPENDED = "instance.suspended"
    INSTANCE_RESUMED = "instance.resumed"

    TIMER_FIRED = "timer.fired"
    TIMER_MOVED = "timer.moved"
    MESSAGE_CORRELATED = "message.correlated"

    INCIDENT_OPENED = "incident.opened"
    INCIDENT_RETRIED = "incident.retried"
    INCIDENT_CLOSED = "incident.closed"

    TASK_CLAIMED = "task.claimed"
    TASK_RELEASED = "task.released"
    TASK_COMPLETED = "task.completed"
    TASK_RETURNED = "task.returned"
    TASK_CORRECTED = "task.corrected"
    TASK_SIGNER_ADDED = "task.signer_added"
    TASK_SIGNER_REMOVED = "task.signer_removed"

    SERVICE_TASK_COMPLETED = "service_task.completed"
    SERVICE_TASK_SKIPPED = "service_task.skipped"
    SERVICE_TASK_FAILED = "service_task.failed"
    SERVICE_RESULT_IGNORED = "service_task.result_ignored"

    PAYMENT_ORDER_OPENED = "payment_order.opened"
    PAYMENT_ORDER_CONFIRMED = "payment_order.confirmed"
    PAYMENT_ORDER_HELD = "payment_order.held"
    PAYMENT_ORDER_REFUNDED = "payment_order.refunded"
    PAYMENT_ORDER_RELEASED = "payment_order.released"
    INVOICE_RECORDED = "invoice.recorded"
    REGISTER_PUT = "register.put"
    REGISTER_STATE_CHANGED = "register.state_changed"

    DOCUMENT_ISSUED = "document.issued"

    DEFINITION_DEPLOYED = "definition.deployed"
    LANE_BOUND = "lane.bound"
    LANE_UNBOUND = "lane.unbound"

    CALENDAR_CHANGED = "calendar.changed"

    SYSTEM_SET_UP = "system.set_up"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_RENAMED = "account.renamed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_ROLES_CHANGED = "account.roles_changed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - an action, not a secret
    PASSWORD_RESET = "account.password_reset"  # noqa: S105
    SIGNED_IN = "account.signed_in"
    SIGNED_OUT = "account.signed_out"
    SIGN_IN_BLOCKED = "account.sign_in_blocked"
    TOKEN_CREATED = "account.token_created"  # noqa: S105
    TOKEN_REVOKED = "account.token_revoked"  # noqa: S105
    ORGANISATION_CREATED = "organisation.created"
    ORGANISATION_CHANGED = "organisation.changed"
    MEMBERS_CHANGED = "organisation.members_changed"
    GROUP_CREATED = "group.created"
    GROUP_CHANGED = "group.changed"
    GROUP_MEMBERS_CHANGED = "group.members_changed"

    FILE_VIEWED = "file.viewed"
    PERSONAL_VIEWED = "personal.viewed"
    ACCESS_DENIED = "access.denied"
