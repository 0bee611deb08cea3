"""People, organisations, groups, and who plays which lane."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class Organisation(Model):
    """An enterprise or an authority: the line along which data is isolated."""

    __tablename__ = "organisation"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    credit_code: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Account(Model):
    """A person who can sign in. Name, phone and mail lie encrypted under the key of `subject_id`."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(20), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"))
    name: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    mail: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    language: Mapped[str] = mapped_column(sa.String(10), default="zh_CN")
    must_change_password: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountRole(Model):
    """A role of the whole house that an account holds."""

    __tablename__ = "account_role"
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(30), primary_key=True)


class Membership(Model):
    """An account belongs to an organisation."""

    __tablename__ = "membership"
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )


class Group(Model):
    """A group of colleagues inside one organisation, such as its finance desk."""

    __tablename__ = "organisation_group"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "name"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(100))


class GroupMember(Model):
    """An account works in a group."""

    __tablename__ = "group_member"
    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation_group.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True, index=True)


class LaneBinding(Model):
    """Which group plays a lane of a process; the lane of the applicant is bound to nobody."""

    __tablename__ = "lane_binding"
    process_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    lane: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation_group.id"))


class LoginSession(Model):
    """A browser that is signed in; the cookie carries the token, the row its SHA-256."""

    __tablename__ = "login_session"
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccessToken(Model):
    """A personal access token for programs; shown once, kept as SHA-256."""

    __tablename__ = "access_token"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    label: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SetupToken(Model):
    """The one-time token of the very first start; used_at closes the set-up page for ever."""

    __tablename__ = "setup_token"
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Throttle(Model):
    """Counts of refused attempts per key (an account or an address), shared by all web processes."""

    __tablename__ = "throttle"
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    failures: Mapped[int] = mapped_column(sa.Integer)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
