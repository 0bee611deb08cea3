"""Statements of every day on a short way to the driver: compiled once, their values turned by the types of the columns.

SQLAlchemy prepares a cursor, a context and a result for each execution, which costs a dozen times what the database
does for a read by key (docs/decisions/0022). Here only that is left out. The connection, its pool and transaction, the
counting of statements and the kinds of errors are those of the session.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, scoped_session

    AnySession = Session | scoped_session[Session]

Turn = Callable[[Any], Any]


class Prepared:
    """One statement with named parameters, for any session. It has no lists in it (`IN`), whose length would vary.

    What the session has not flushed yet is not written first: read by it only what this transaction has not changed.
    Raises what a session raises (sqlalchemy.exc), KeyError for a parameter without a value.
    """

    def __init__(
        self, statement: sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[Any] | sa.UpdateBase | sa.TextClause
    ) -> None:
        self._statement = statement
        self._made: _Made | None = None

    def rows(self, session: AnySession, given: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a query, as named tuples."""
        return self._run(session, [given])[0]

    def first(self, session: AnySession, given: Mapping[str, Any]) -> Any:
        """Return the first row of a query, None where there is none."""
        found = self.rows(session, given)
        return found[0] if found else None

    def write(self, session: AnySession, given: Mapping[str, Any]) -> int:
        """Return how many rows the statement has written."""
        return self._run(session, [given])[1]

    def write_all(self, session: AnySession, given: Sequence[Mapping[str, Any]]) -> None:
        """Write with each of the values in turn: one statement, as far as the database counts."""
        if given:
            self._run(session, given)

    def _run(self, session: AnySession, given: Sequence[Mapping[str, Any]]) -> tuple[list[Any], int]:
        connection = session.connection()
        made = self._made
        if made is None or made.dialect is not connection.dialect:
            made = self._made = _Made(self._statement, connection.dialect)
        return made.run(connection, given)


class _Made:
    """A statement as one kind of database takes it."""

    def __init__(self, statement: Any, dialect: sa.Dialect) -> None:
        inserts = isinstance(statement, sa.Insert)
        keys = [column.key for column in statement.table.c] if inserts else None
        nullable = {column.key for column in statement.table.c if column.nullable} if inserts else set()
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        self.dialect = dialect
        self._text = str(compiled)
        self._columns = tuple(statement.selected_columns) if hasattr(statement, "selected_columns") else ()
        row: Any = namedtuple("Row", [column.key for column in self._columns], rename=True)  # type: ignore[misc]
        self._row = row._make
        self._turns: list[tuple[int, Turn]] | None = None
        in_order = compiled.positiontup if compiled.positional else None
        self._positional = in_order is not None
        self._parameters = [
            (
                name,
                _default(compiled.binds[name], nullable),
                compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect),
            )
            for name in (compiled.binds if in_order is None else in_order)
        ]

    def run(self, connection: sa.Connection, given: Sequence[Mapping[str, Any]]) -> tuple[list[Any], int]:
        """Send it, as often as there are values; return the rows of a query, and how many were written."""
        values = [self._values(one) for one in given]
        many = len(values) > 1
        parameters: Any = values if many else values[0]
        heard = connection.engine.dispatch
        context = _Context()
        driver = connection.connection
        cursor = driver.cursor()
        try:
            for listener in heard.before_cursor_execute:
                listener(connection, cursor, self._text, parameters, context, many)
            if many:
                cursor.executemany(self._text, parameters)
            else:
                cursor.execute(self._text, parameters)
            for listener in heard.after_cursor_execute:
                listener(connection, cursor, self._text, parameters, context, many)
            found = self._read(cursor) if self._columns else []
        except self.dialect.loaded_dbapi.Error as error:
            gone = self.dialect.is_disconnect(error, driver, cursor)
            if gone:
                connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(
                self._text, None, error, self.dialect.loaded_dbapi.Error,
                hide_parameters=True, connection_invalidated=gone, dialect=self.dialect,
            ) from error  # fmt: skip
        except BaseException as error:
            if not isinstance(error, Exception):  # the process ends in the middle of an answer
                connection.invalidate(error)
            raise
        else:
            return found, cursor.rowcount
        finally:
            cursor.close()

    def _values(self, given: Mapping[str, Any]) -> Any:
        turned = []
        for name, default, turn in self._parameters:
            value = given[name] if default is _NEEDED else given.get(name, default)
            turned.append(value if turn is None else turn(value))
        if self._positional:
            return turned
        return {name: value for (name, _, _), value in zip(self._parameters, turned, strict=True)}

    def _read(self, cursor: Any) -> list[Any]:
        if self._turns is None:
            self._turns = list(self._turns_of(cursor.description))
        turns, row = self._turns, self._row
        found = []
        for fetched in cursor.fetchall():
            values = list(fetched)
            for place, turn in turns:
                values[place] = turn(values[place])
            found.append(row(values))
        return found

    def _turns_of(self, description: Any) -> Iterable[tuple[int, Turn]]:
        for place, (column, told) in enumerate(zip(self._columns, description, strict=True)):
            turn = column.type.dialect_impl(self.dialect).result_processor(self.dialect, told[1])
            if turn is not None:
                yield place, turn


class _Context:
    """Where those who listen to statements keep what they note before one is sent."""

    zhupi_began: float


class _Needed:
    """Marks a parameter that has no value of its own."""


_NEEDED = _Needed()


def _default(parameter: sa.BindParameter[Any], nullable: set[str]) -> Any:
    if not parameter.required:
        return parameter.value
    return None if parameter.key in nullable else _NEEDED
