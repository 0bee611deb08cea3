"""After an erasure the database files must forget too."""

import time

import sqlalchemy as sa

TRIES = 20
PAUSE_SECONDS = 0.05


def scrub(engine: sa.Engine) -> bool:
    """Make the files of the database forget overwritten rows; tell whether it is done, else try again later.

    SQLite: with secure_delete the pages are overwritten already, the WAL still holds old copies and is truncated.
    PostgreSQL: vacuum; its WAL and the backups forget with their own retention.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("subject", "subject_index", "personal_value", "draft", "account", "attachment"):
                connection.execute(sa.text(f"VACUUM {table}"))
        return True
    raw = engine.raw_connection()
    try:
        raw.rollback()
        cursor = raw.cursor()
        cursor.execute("PRAGMA query_only=0")
        for _ in range(TRIES):
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                return True
            time.sleep(PAUSE_SECONDS)
    finally:
        raw.close()
    return False
