"""One statement that inserts rows unless their key is taken, alike on SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session, scoped_session

from storage.models import NumberSequence


def insert_if_new(
    session: Session | scoped_session[Session],
    model: type[Any],
    rows: Sequence[Mapping[str, Any]],
    *returning: InstrumentedAttribute[Any],
) -> set[tuple[Any, ...]]:
    """Insert the rows whose keys are free and return the named columns of those that went in.

    A row that another open transaction inserts at the same time is waited for, so no caller ever sees a
    half-taken key; a broken transaction, as an IntegrityError leaves it on PostgreSQL, does not occur.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(model).values(list(rows)).on_conflict_do_nothing().returning(*returning)
    return {tuple(row) for row in session.execute(statement)}


def next_serial(session: Session | scoped_session[Session], series: str) -> int:
    """Return the next serial of a series, counted from 1; a rollback gives it back, so no number is skipped."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        insert(NumberSequence)
        .values(series=series, last=1)
        .on_conflict_do_update(index_elements=["series"], set_={"last": NumberSequence.last + 1})
        .returning(NumberSequence.last)
    )
    return int(session.execute(statement).scalar_one())
