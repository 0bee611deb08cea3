"""What outlives an instance: register entries, payment orders, invoices."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class RegisterEntry(Model):
    """A row of a register. `fields` is canonical JSON with the declared fields; none of them may be personal."""

    __tablename__ = "register_entry"
    __table_args__ = (sa.Index("ix_register_entry_list", "register", "created_at", "id"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    register: Mapped[str] = mapped_column(sa.String(64))
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    instance_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(30))
    fields: Mapped[str] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.String(500))
    valid_from: Mapped[date | None] = mapped_column(sa.Date)
    valid_until: Mapped[date | None] = mapped_column(sa.Date)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegisterKey(Model):
    """A unique key of an entry, such as the serial of a USB key."""

    __tablename__ = "register_key"
    register: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("register_entry.id"), index=True)


class PaymentOrder(Model):
    """What an instance has to pay. Amounts are whole fen (1 yuan = 100 fen). status: open, held, paid, cancelled."""

    __tablename__ = "payment_order"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger)
    status: Mapped[str] = mapped_column(sa.String(12))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invoice(Model):
    """A VAT ordinary invoice (K12). Amounts are whole fen."""

    __tablename__ = "invoice"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    payment_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment_order.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    tax_number: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger)
    issued_on: Mapped[date] = mapped_column(sa.Date)
