"""Refusals around incidents, suspension, timers and messages."""

from workflows.errors.base import Conflict


class InstanceSuspended(Conflict):
    """An operator has suspended the application: nothing moves until it is resumed."""

    code = "instance_suspended"


class IncidentClosed(Conflict):
    """Somebody else has closed the incident: look at what became of it. `resolution` says how."""

    code = "incident_closed"

    def __init__(self, resolution: str) -> None:
        super().__init__(resolution=resolution)


class NothingToRetry(Conflict):
    """Behind this incident there is no work that could be done again: correct the cause, then close it."""

    code = "nothing_to_retry"


class NothingToSkip(Conflict):
    """The incident is not about a service task that still waits: close it."""

    code = "nothing_to_skip"


class MessageNotAwaited(Conflict):
    """No application waits for this message, or not with this correlation."""

    code = "message_not_awaited"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


class MessageAmbiguous(Conflict):
    """Several wait for this message: name the application, or the key of the one that is meant."""

    code = "message_ambiguous"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


class TimerFailed(Conflict):
    """A deadline of this task has passed and could not be carried out: an operator looks at the incident first."""

    code = "timer_failed"
