"""Entities from the rows of a prepared statement: what every command locks, without the loading of SQLAlchemy.

Loading an entity through a session costs many times what its row does (measured in docs/decisions/0022). What comes out is an
entity of the session like any other: changes are found by comparison with the row and written at the flush.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm

if TYPE_CHECKING:
    from storage.session import Session


def entity_of(session: Session, model: Any, row: Any) -> Any:
    """Return the entity whose columns are the first of a row, in the order of its table, with the row's values.

    One that the session knows already is brought up to date: what was changed in it and not flushed is lost, as with
    `populate_existing`.
    """
    mapper: Any = sa.inspect(model)
    values = dict(zip(mapper.columns.keys(), row, strict=False))
    known = session.identity_map.get(mapper.identity_key_from_primary_key((values["id"],)))
    if known is not None:
        for name, value in values.items():
            orm.attributes.set_committed_value(known, name, value)
        return known
    made = mapper.class_manager.new_instance()
    sa.inspect(made).dict.update(values)
    orm.make_transient_to_detached(made)
    session.add(made)
    return made
