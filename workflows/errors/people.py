"""Refusals around accounts, organisations and sessions."""

from datetime import datetime
from typing import Any

from workflows.errors.base import Conflict, DomainError, Invalid


class SetupClosed(DomainError):
    """The one-time set-up is over, or the token is wrong: sign in instead."""

    code = "setup_closed"


class SignInRefused(DomainError):
    """User name or password is wrong. The same answer, in the same time, for a name that does not exist."""

    code = "sign_in_refused"


class TooManyAttempts(DomainError):
    """Too many refused attempts: wait until `until`."""

    code = "too_many_attempts"

    def __init__(self, until: datetime, seconds: int) -> None:
        super().__init__(until=until, seconds=seconds)


class PasswordRefused(Invalid):
    """The password breaks the rule `rule` of the configured profile (Q3 or strict)."""

    code = "password_refused"

    def __init__(self, rule: str, **params: Any) -> None:
        super().__init__(rule=rule, **params)


class UsernameRefused(Invalid):
    """Q2: 4 to 20 letters, digits and underscores."""

    code = "username_refused"


class UsernameTaken(Conflict):
    """Another account has this user name."""

    code = "username_taken"

    def __init__(self, username: str) -> None:
        super().__init__(username=username)


class CreditCodeTaken(Conflict):
    """An organisation with this credit code exists: ask to join it instead of making a second one."""

    code = "credit_code_taken"


class CreditCodeInvalid(Invalid):
    """The unified social credit code fails its check digit (GB 32100)."""

    code = "credit_code_invalid"


class NameTaken(Conflict):
    """The organisation has a group of this name."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class CalendarChanged(Conflict):
    """Somebody changed this year of the calendar meanwhile: load version `version` and change that."""

    code = "calendar_changed"

    def __init__(self, version: int) -> None:
        super().__init__(version=version)


class LastAdministrator(Conflict):
    """The house keeps at least one active administrator."""

    code = "last_administrator"


class NotMember(Invalid):
    """Only members of the organisation may work in its groups or act for it."""

    code = "not_member"
