"""Accounts, organisations, lanes, definitions, tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workflows.queries.views.lists import Person


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as administrators and its owner see it; phone and mail are masked for others."""

    id: UUID
    username: str
    name: str
    phone: str | None
    mail: str | None
    language: str
    roles: tuple[str, ...]
    organisations: tuple[tuple[UUID, str], ...]
    must_change_password: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of an organisation and its members."""

    id: UUID
    organisation_id: UUID
    name: str
    members: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation with its groups and members."""

    id: UUID
    name: str
    credit_code: str | None
    created_at: datetime
    groups: tuple[GroupView, ...]
    members: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane of a process and who plays it. The applicant's lane is never bound."""

    process_key: str
    lane: str
    title: str
    starter: bool
    organisation_id: UUID | None
    organisation: str | None
    group_id: UUID | None
    group: str | None
    active_members: int


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One deployed version of a process."""

    id: UUID
    process_key: str
    version: int
    sha256: str
    title: str
    deployed_at: datetime
    deployed_by: Person | None
    note: str | None
    running: int
    created: bool = False


@dataclass(frozen=True, slots=True)
class TokenView:
    """A personal access token without its secret; `secret` is filled once, by its creation."""

    id: UUID
    label: str
    organisation_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser session; `token` is filled once, by signing in."""

    account_id: UUID
    organisation_id: UUID | None
    expires_at: datetime
    must_change_password: bool
    token: str | None = None
