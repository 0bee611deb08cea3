"""The calendar of working days: which years are known, and the days that differ from their weekday or have a name."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class CalendarYear(Model):
    """A year of the calendar; provisional until the State Council has published its arrangement."""

    __tablename__ = "calendar_year"
    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    provisional: Mapped[bool] = mapped_column(sa.Boolean)
    version: Mapped[int] = mapped_column(sa.Integer)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CalendarDay(Model):
    """A holiday, or a weekend day that is worked (调休). Days without a row are worked from Monday to Friday."""

    __tablename__ = "calendar_day"
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    year: Mapped[int] = mapped_column(sa.ForeignKey("calendar_year.year"), index=True)
    working: Mapped[bool] = mapped_column(sa.Boolean)
    name: Mapped[str] = mapped_column(sa.String(60))
