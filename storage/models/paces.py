"""How long finished cases took."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class CasePace(Model):
    """How many working days a completed case took since it was handed in, without those it waited for the applicant.

    The worker writes it after the end; None where nothing was ever handed in. A change of the calendar does not change it.
    """

    __tablename__ = "case_pace"
    __table_args__ = (sa.Index("ix_case_pace_process", "process_key", "ended_at"),)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), primary_key=True)
    process_key: Mapped[str] = mapped_column(sa.String(64))
    outcome: Mapped[str | None] = mapped_column(sa.String(64))
    working_days: Mapped[int | None] = mapped_column(sa.Integer)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
