"""The engine's state of an instance: opaque bytes under a digest that the journal repeats."""

import hashlib
from uuid import UUID

from storage.models import Instance


def state_digest(instance_id: UUID, version: int, definition_id: UUID, state: bytes) -> str:
    """Return the SHA-256, in hexadecimal, over (instance, version, definition, state)."""
    head = f"zhupi-state\n{instance_id}\n{version}\n{definition_id}\n{len(state)}\n"
    return hashlib.sha256(head.encode() + state).hexdigest()


def put_state(instance: Instance, state: bytes) -> None:
    """Give a locked or new instance its next state: the version grows by one and the digest follows.

    Record the event of the step afterwards: it repeats the digest of the row.
    """
    instance.state = state
    instance.state_version += 1
    instance.state_sha256 = state_digest(instance.id, instance.state_version, instance.definition_id, state)
