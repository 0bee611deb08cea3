"""The cast: who asks, who decides, who may not. Rows are made directly, so that no test waits for password hashing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher

from config.settings import Settings
from storage.actor import SYSTEM, Actor, AuthLevel, Role
from storage.models import (
    AccessToken,
    Account,
    AccountRole,
    Group,
    GroupMember,
    LoginSession,
    Membership,
    Organisation,
)
from storage.unit_of_work import UnitOfWork
from workflows.queries.actors import digest_of

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
TEST_SECRETS = {
    "ZHUPI_SECRET_KEY": "a secret for the tests only, of enough length",
    "ZHUPI_PERSONAL_KEY": "11" * 32,
    "ZHUPI_INDEX_KEY": "22" * 32,
    "ZHUPI_S3_ACCESS_KEY": "tests",
    "ZHUPI_S3_SECRET_KEY": "a secret of the object store",
}
PASSWORD = "correct Horse 7"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
LANES = ("review_agent", "customer_service", "finance", "production", "shipping")


@dataclass
class Member:
    """One of the cast."""

    key: str
    account_id: UUID
    username: str
    organisation_id: UUID | None
    groups: frozenset[UUID]
    roles: frozenset[Role]
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a program of this person sends."""
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}

    @property
    def actor(self) -> Actor:
        """The same person for a command."""
        return Actor(self.account_id, self.organisation_id, self.groups, self.roles, AuthLevel.TOKEN, "en")


@dataclass
class Cast:
    """Everybody by key: applicant, neighbour, review_agent …, other_group, administrator, auditor …"""

    members: dict[str, Member] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Member:
        return self.members[key]


class _Maker:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow, self.cast = uow, Cast()

    def organisation(self, key: str) -> None:
        id_ = self.uow.ids.new()
        self.cast.organisations[key] = id_
        self.uow.session.add(Organisation(id=id_, name=key, created_at=self.uow.clock.now()))
        self.uow.session.flush()

    def group(self, key: str, organisation: str) -> None:
        id_ = self.uow.ids.new()
        self.cast.groups[key] = id_
        self.uow.session.add(Group(id=id_, organisation_id=self.cast.organisations[organisation], name=key))
        self.uow.session.flush()

    def person(
        self, key: str, organisation: str | None, groups: Sequence[str] = (), roles: Sequence[Role] = ()
    ) -> None:
        uow, now = self.uow, self.uow.clock.now()
        subject_id = uow.personal.new_subject("account")
        id_ = uow.ids.new()
        uow.session.add(
            Account(
                id=id_, username=key, password_hash=_HASH, subject_id=subject_id, language="zh_CN",
                name=uow.personal.encrypt(subject_id, f"Name of {key}".encode()),
                must_change_password=False, created_at=now,
            )
        )  # fmt: skip
        uow.session.flush()
        organisation_id = self.cast.organisations[organisation] if organisation else None
        if organisation_id:
            uow.session.add(Membership(account_id=id_, organisation_id=organisation_id))
        group_ids = frozenset(self.cast.groups[group] for group in groups)
        for group_id in group_ids:
            uow.session.add(GroupMember(group_id=group_id, account_id=id_))
        for role in roles:
            uow.session.add(AccountRole(account_id=id_, role=role))
        token = f"zp_{key}_{id_.hex}"
        self.cast.members[key] = Member(key, id_, key, organisation_id, group_ids, frozenset(roles), token)
        self.token(key, token)

    def token(self, key: str, secret: str, *, expired: bool = False, revoked: bool = False) -> None:
        member, now = self.cast[key], self.uow.clock.now()
        self.uow.session.add(
            AccessToken(
                id=self.uow.ids.new(), token_sha256=digest_of(secret), account_id=member.account_id,
                organisation_id=member.organisation_id, label="test", created_at=now,
                expires_at=now - timedelta(days=1) if expired else now + timedelta(days=90),
                revoked_at=now if revoked else None,
            )
        )  # fmt: skip


def make_cast(uow: UnitOfWork, settings: Settings) -> Cast:
    """Make everybody. Staff lanes belong to three organisations, as K15 asks."""
    maker = _Maker(uow)
    with uow.begin(SYSTEM):
        for organisation in ("applicant", "neighbour", "agency", "centre"):
            maker.organisation(organisation)
        for lane in LANES:
            maker.group(lane, "agency" if lane in ("review_agent", "customer_service") else "centre")
        maker.group("other_group", "agency")
        maker.person("applicant", "applicant")
        maker.person("colleague", "applicant")
        maker.person("neighbour", "neighbour")
        for lane in LANES:
            home = "agency" if lane in ("review_agent", "customer_service") else "centre"
            maker.person(lane, home, (lane,))
        maker.person("second_reviewer", "agency", ("review_agent",))
        maker.person("other_group", "agency", ("other_group",))
        maker.person("administrator", None, (), (Role.ADMINISTRATOR,))
        maker.person("process_owner", None, (), (Role.PROCESS_OWNER,))
        maker.person("auditor", None, (), (Role.AUDITOR,))
        maker.person("operator", None, (), (Role.OPERATOR,))
        maker.token("applicant", "zp_expired", expired=True)
        maker.token("applicant", "zp_revoked", revoked=True)
    return maker.cast


def begin_session(uow: UnitOfWork, member: Member, token: str) -> None:
    """Sign a member in without the login form."""
    now = uow.clock.now()
    with uow.begin(SYSTEM):
        uow.session.add(
            LoginSession(
                token_sha256=digest_of(token), account_id=member.account_id,
                organisation_id=member.organisation_id, created_at=now, expires_at=now + timedelta(hours=8),
            )
        )  # fmt: skip
