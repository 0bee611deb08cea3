"""What the web layer itself refuses, before any command is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class Refusal(Exception):
    """Base of what a request is refused for at the door; `code` names the sentence, `status` the HTTP answer."""

    code: ClassVar[str] = "bad_request"
    status: ClassVar[int] = 400

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params: Mapping[str, Any] = params


class SignInNeeded(Refusal):
    """Nobody is signed in: sign in, or send an access token."""

    code = "sign_in_needed"
    status = 401


class TokenRefused(Refusal):
    """The access token is unknown, expired or revoked, or its account is disabled: make a new one."""

    code = "token_refused"
    status = 401


class SessionNeeded(Refusal):
    """An access token is not enough for this: sign in with a browser."""

    code = "session_needed"
    status = 403


class PasswordMustChange(Refusal):
    """The password was given by somebody else: choose your own first."""

    code = "password_must_change"
    status = 403


class RoleNeeded(Refusal):
    """The route is for certain roles of the house only."""

    code = "role_needed"
    status = 403


class BadIdempotencyKey(Refusal):
    """An Idempotency-Key has 1 to 100 visible ASCII characters."""

    code = "bad_idempotency_key"


class BadCharacters(Refusal):
    """The address or a form field holds a NUL character, which no database keeps."""

    code = "bad_characters"


class BadJson(Refusal):
    """The body is no JSON that we read; `code` of `reason` says why (malformed, too deep, a key twice …)."""

    code = "bad_json"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class BadCursor(Refusal):
    """The cursor `after` was not given out by this list: start from its first page."""

    code = "bad_cursor"


class BadArchive(Refusal):
    """The uploaded package is no ZIP archive, or one larger than a package may be."""

    code = "bad_archive"
    status = 422


class FilesMissing(Refusal):
    """The request needs exactly one file in the part `file`."""

    code = "file_missing"
    status = 422


class NotReady(Refusal):
    """A part that the house stands on is away: ask again in a moment."""

    code = "not_ready"
    status = 503


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field is refused; the message is in the language of whoever asks."""

    code: str
    params: Mapping[str, Any]


class BadFields(Refusal):
    """Fields of the request do not fit its schema; `errors` says which and why."""

    code = "bad_fields"
    status = 422

    def __init__(self, errors: Mapping[str, Sequence[FieldError]]) -> None:
        super().__init__(count=len(errors))
        self.errors = errors
