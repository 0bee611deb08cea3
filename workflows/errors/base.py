"""The kinds of refusals: not allowed, overtaken by events, wrong in itself."""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """Base of every refusal of a command or a query."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params: Mapping[str, Any] = params


class NotAllowed(DomainError):
    """The actor may see this but not do it: ask somebody who may."""

    code = "not_allowed"


class Conflict(DomainError):
    """The request was right once; the case has moved on meanwhile. Load it again."""

    code = "conflict"


class Invalid(DomainError):
    """The request itself is wrong: correct it and send it again."""

    code = "invalid"


class FieldInvalid(Invalid):
    """A plain value of an account or organisation is missing, too long or malformed."""

    code = "field_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field=field)
