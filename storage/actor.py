"""Who acts: handed to every command and query as an argument, never a global."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """Roles of the whole house; what a person may do in a process comes from lanes and groups instead."""

    ADMINISTRATOR = "administrator"
    PROCESS_OWNER = "process_owner"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class AuthLevel(StrEnum):
    """How the actor proved who they are; written into every event."""

    PASSWORD = "password"  # noqa: S105 - a level, not a secret
    TOKEN = "token"  # noqa: S105
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or the system itself, acting for one organisation at a time.

    `account_id` is None only for the system. `organisation_id` is the organisation acted for now;
    None for accounts that belong to no organisation. `groups` are the ids of the groups of that organisation
    that the account is a member of.
    """

    account_id: UUID | None
    organisation_id: UUID | None = None
    groups: frozenset[UUID] = field(default_factory=frozenset)
    roles: frozenset[Role] = field(default_factory=frozenset)
    auth_level: AuthLevel = AuthLevel.PASSWORD
    language: str = "zh_CN"

    def has(self, role: Role) -> bool:
        """Tell whether the actor holds a role of the house."""
        return role in self.roles


SYSTEM = Actor(account_id=None, auth_level=AuthLevel.SYSTEM)
