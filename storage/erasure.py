"""After an erasure the database files must forget too."""

import time

import sqlalchemy as sa

from storage.database import BUSY_TIMEOUT_MS

TRIES = 5
WAIT_MS = 100
"""A checkpoint holds writers back while it waits for readers, so it waits briefly and comes again."""

_OLDER_READERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL AND xact_start < :since"
)


def scrub(engine: sa.Engine) -> bool:
    """Make the files of the database forget what was erased; tell whether it is done, else try again later.

    SQLite: with secure_delete the pages are overwritten already, the WAL still holds old copies and is truncated.
    PostgreSQL: a plain vacuum leaves old bytes in the free space of a page, so the two small tables that could give a
    person back are rewritten. Its WAL and the backups forget with their own retention.
    """
    return _scrub_sqlite(engine) if engine.dialect.name == "sqlite" else _scrub_postgresql(engine)


def _scrub_sqlite(engine: sa.Engine) -> bool:
    raw = engine.raw_connection()
    try:
        raw.rollback()
        cursor = raw.cursor()
        cursor.execute("PRAGMA query_only=0")
        raw.info.pop("query_only", None)
        cursor.execute(f"PRAGMA busy_timeout={WAIT_MS}")
        for _ in range(TRIES):
            busy, _frames, _moved = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
            time.sleep(WAIT_MS / 1000)
    finally:
        raw.cursor().execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        raw.close()
    return False


def _scrub_postgresql(engine: sa.Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        since = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        for _ in range(TRIES):
            # A snapshot from before the erasure keeps the old rows alive through any vacuum.
            if not connection.execute(_OLDER_READERS, {"since": since}).scalar_one():
                break
            time.sleep(WAIT_MS / 1000)
        else:
            return False
        connection.execute(sa.text("SET lock_timeout = '2s'"))
        try:
            connection.execute(sa.text("VACUUM (FULL) subject, subject_index"))
            connection.execute(sa.text("VACUUM personal_value, draft, account, attachment"))
        except sa.exc.OperationalError:  # somebody holds a lock
            return False
        finally:
            connection.execute(sa.text("RESET lock_timeout"))
    return True
