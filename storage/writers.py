"""On SQLite, connections of their own for those who write.

A connection that reads and writes in turn has to set `query_only` each time, and SQLite then compiles every statement of
the transaction anew: a tenth of what a command costs.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.base import OptionEngine

_KEPT = "_zhupi_writers"


class _Writers(OptionEngine):
    """The same engine, with all who listen to it, over another pool of the same size."""

    def __init__(self, engine: sa.Engine) -> None:
        self._own = _beside(engine.pool)
        super().__init__(engine, {})

    @property
    def pool(self) -> sa.Pool:  # type: ignore[override]
        """The connections of those who write."""
        return self._own

    def renew(self, *_: Any) -> None:
        """Let all connections go, because the engine has let its own go."""
        self._own.dispose()
        self._own = _beside(self._proxied.pool)


def _beside(pool: sa.Pool) -> sa.Pool:
    """Make another pool of the same kind; whoever listens to the one hears both."""
    other = pool.recreate()
    other.dispatch = pool.dispatch
    return other


def writers(engine: sa.Engine) -> sa.Engine:
    """Return the engine for write transactions; on PostgreSQL it is the same one."""
    if engine.dialect.name != "sqlite":
        return engine
    kept = vars(engine)  # with the engine, so that both go together
    if _KEPT not in kept:
        made = kept.setdefault(_KEPT, _Writers(engine))
        event.listen(engine, "engine_disposed", made.renew)
    found: sa.Engine = kept[_KEPT]
    return found
