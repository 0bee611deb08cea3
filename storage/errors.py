"""What may go wrong where facts are kept. Every error carries a stable `code` and plain `params`, like the domain's."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID


class StorageError(Exception):
    """Base of the errors of storage; the sentence a person reads is in the catalogues under `error.<code>`."""

    code: str = "storage_error"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params: Mapping[str, Any] = params


class NotFound(StorageError):
    """There is no such thing, or the actor may not know of it."""

    code = "not_found"

    def __init__(self, kind: str, id: object) -> None:
        super().__init__(kind=kind, id=str(id))


class IdempotencyMismatch(StorageError):
    """The Idempotency-Key was used before for a different request: choose a new key."""

    code = "idempotency_mismatch"

    def __init__(self, key: str) -> None:
        super().__init__(key=key)


class StateDamaged(StorageError):
    """The stored state is not the one that the journal knows: it is never run; quarantine the instance."""

    code = "state_damaged"

    def __init__(self, instance_id: UUID, why: str) -> None:
        super().__init__(instance_id=str(instance_id), why=why)
        self.instance_id = instance_id


class DueTimer(StorageError):
    """A timer of the instance is due: fire it in its own transaction, then begin the command again."""

    code = "due_timer"

    def __init__(self, instance_id: UUID) -> None:
        super().__init__(instance_id=str(instance_id))
        self.instance_id = instance_id


class DatabaseUnavailable(StorageError):
    """The database did not confirm. Repeat with the same Idempotency-Key: if it was done, you get its result."""

    code = "database_unavailable"


class StoreUnavailable(StorageError):
    """The object store did not answer, or did not confirm what was sent. Nothing was kept; try again."""

    code = "store_unavailable"


class CheckUnavailable(StorageError):
    """Files cannot be checked now, by the parsers or by the virus scanner, so none is taken in; try again later."""

    code = "check_unavailable"


class LeaseLost(StorageError):
    """The job was meanwhile leased to somebody else or finished: drop the result, roll back."""

    code = "lease_lost"

    def __init__(self, job_id: UUID) -> None:
        super().__init__(job_id=str(job_id))


class UnsafeDatabase(StorageError):
    """The database would lose acknowledged work in a power cut; the start is refused. `why` is a sentence."""

    code = "unsafe_database"

    def __init__(self, why: str) -> None:
        super().__init__(why=why)
        self.why = why


class FileRefused(StorageError):
    """A file was not accepted; here the code differs per reason (file_encrypted, file_truncated, ...)."""

    code = "file_refused"

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = code
        self.args = (code, params)
