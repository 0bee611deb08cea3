"""The session of this house: SQLAlchemy's, with a short way for what every command writes."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event

from storage.prepared import Prepared
from storage.writers import writers

Row = Mapping[str, Any]


class Session(FlaskSession):
    """Writes plain rows and single changes without planning a flush, and in the same order as a flush would."""

    def __init__(self, db: Any, **options: Any) -> None:
        super().__init__(db, **options)
        self._waiting: dict[Any, list[Row]] = {}
        self._held: tuple[Any, sa.Connection | None] = (None, None)
        self.writes = False
        """Whether the transaction that begins next is one that writes."""

    def get_bind(self, *_: Any, bind: Any = None, **__: Any) -> Any:
        """Return the engine: this house has one database."""
        if bind is not None:
            return bind
        engine = self._db.engine
        return writers(engine) if self.writes else engine

    def connection(
        self, bind_arguments: Any = None, execution_options: Mapping[str, Any] | None = None
    ) -> sa.Connection:
        """Return the connection of the transaction, found once for each."""
        if bind_arguments is not None or execution_options is not None:
            return super().connection(bind_arguments, execution_options)
        of, held = self._held
        if held is None or of is not self.get_transaction():
            held = super().connection()
            self._held = (self.get_transaction(), held)
        return held

    def insert(self, model: Any, rows: Sequence[Row]) -> None:
        """Write new rows at once, without entities. Where others are still to be flushed, after those.

        A row names every column that may not be null. Raises IntegrityError like a flush.
        """
        if self.new:  # it may refer to one of them
            self.add_all(model(**row) for row in rows)
        else:
            insert_into(model).write_all(self, rows)

    def insert_later(self, model: Any, row: Row) -> None:
        """Write a new row with the others of its table before the next flush or at `write_out`, in one statement."""
        self._waiting.setdefault(model, []).append(row)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what waits, then what the session holds."""
        self._write_waiting()
        super().flush(objects)

    def write_out(self, plain: Iterable[type]) -> None:
        """Write all that has changed, before the commit that ends the transaction.

        Where nothing but columns of `plain` models has changed, each row is one statement and its entity is let go;
        else the flush does it. Plain are models whose rows can be updated in any order. Raises StaleDataError like it.
        """
        self._write_waiting()
        if self.new or self.deleted:
            return
        changed = list(self.dirty)
        if not all(type(one) in plain for one in changed):
            return
        for one in changed:
            kind: Any = type(one)
            state = sa.inspect(one)
            values = state.dict
            names = [name for name, was in state.committed_state.items() if values[name] != was]
            if names:
                update = _update_of(kind, tuple(sorted(names)))
                if update.write(self, {**{name: values[name] for name in names}, "by_id": one.id}) != 1:
                    raise sa.orm.exc.StaleDataError(type(one).__name__)
            self.expunge(one)

    def _write_waiting(self) -> None:
        while self._waiting:
            model = next(iter(self._waiting))
            insert_into(model).write_all(self, self._waiting.pop(model))


@functools.cache
def insert_into(model: Any) -> Prepared:
    """Return the statement that writes new rows of a model."""
    return Prepared(sa.insert(model.__table__))


@functools.cache
def _update_of(model: Any, names: tuple[str, ...]) -> Prepared:
    table = model.__table__
    values = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
    return Prepared(sa.update(table).where(table.c.id == sa.bindparam("by_id")).values(values))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _: Any) -> None:
    """What was to be written went with the transaction, or with its savepoint: before that all is flushed."""
    session._waiting.clear()
