"""What people are told: notices in the house, what of them goes out by mail or SMS, and how each wants to be told.

No row holds a sentence, a name or an address: these are made when a notice is read or sent.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.models.processes import where
from storage.types import UtcDateTime


class Notification(Model):
    """Something that an account is told about a case, while it acts for `organisation_id`.

    kind: task_opened, task_returned, remark, case_ended, withdrawn, due_soon, overdue. `about` tells one occasion from
    another: nobody is told of the same one twice. `in_app` is False for who wants no notices of this kind in the house.
    """

    __tablename__ = "notification"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "kind", "about"),
        sa.Index("ix_notification_list", "account_id", "created_at", "id"),
        sa.Index("ix_notification_unread", "account_id", **where("read_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("task.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    about: Mapped[str] = mapped_column(sa.String(80))
    in_app: Mapped[bool] = mapped_column(sa.Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Model):
    """A message that leaves the house, or would: a notice, or with `notification_id` None the digest of a day.

    channel: mail, sms. status: gathered (for the next digest), bundled (in one), waiting, sent, kept (nothing is connected), refused (by
    the provider, for good), failed (given up), dropped (nothing to say any more, or no address). `digest_id` is the
    digest in which a gathered one went; `error` is a code, `reference` what the provider calls it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index("ix_delivery_list", "created_at", "id"),
        sa.Index("ix_delivery_status", "status", "created_at", "id"),
        sa.Index("ix_delivery_gathered", "account_id", "channel", **where("status = 'gathered'")),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    notification_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("notification.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    channel: Mapped[str] = mapped_column(sa.String(8))
    status: Mapped[str] = mapped_column(sa.String(12))
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    digest_id: Mapped[UUID | None] = mapped_column(sa.Uuid, index=True)
    reference: Mapped[str | None] = mapped_column(sa.String(100))
    error: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NotificationPreference(Model):
    """How an account wants to be told of a kind over a channel: mode is now, daily or never."""

    __tablename__ = "notification_preference"
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    mode: Mapped[str] = mapped_column(sa.String(8))


class Reminder(Model):
    """That people were reminded of a deadline of a task: a deadline that moves is a new one."""

    __tablename__ = "reminder"
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
