"""The least that a completed task could cost: read a row of 6 kB, change it, note what happened, commit, answer.

Same server, workers, pool, pragmas and size of the reply as Zhupi itself; SQLAlchemy Core; no engine, no accounts.
"""

import hashlib
import json
import os
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask, Response

from config.settings import load_settings
from storage.database import engine_options, prepare_engine

ROW_BYTES = 6 * 1024
REPLY_BYTES = int(os.environ.get("ZHUPI_BARE_REPLY_BYTES", "600"))

meta = sa.MetaData()
rows = sa.Table(
    "bare_row",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)
audit = sa.Table(
    "bare_audit",
    meta,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("row_id", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_READ = sa.select(rows.c.version, rows.c.state).where(rows.c.id == sa.bindparam("which")).with_for_update()
_WRITE = (
    sa.update(rows)
    .where(rows.c.id == sa.bindparam("which"), rows.c.version == sa.bindparam("was"))
    .values(version=sa.bindparam("now"), state=sa.bindparam("body"))
)
_NOTE = sa.insert(audit)


def prepare(url: str, count: int) -> None:
    """Make the tables and rows."""
    engine = sa.create_engine(url)
    meta.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(rows), [{"id": n, "version": 0, "state": os.urandom(ROW_BYTES)} for n in range(count)]
        )
    engine.dispose()


def make_app() -> Flask:
    """The application that gunicorn serves."""
    settings = load_settings(os.environ)
    app = Flask("bare")
    engine = sa.create_engine(settings.database_url, **engine_options(settings))
    prepare_engine(engine)
    padding = "x" * max(REPLY_BYTES - 60, 0)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/bare/<int:which>")
    def change(which: int) -> Any:
        with engine.connect() as connection, connection.execution_options(sqlite_begin="IMMEDIATE").begin():
            found = connection.execute(_READ, {"which": which}).one()
            body = hashlib.sha256(found.state).digest() + found.state[32:]
            connection.execute(
                _WRITE, {"which": which, "was": found.version, "now": found.version + 1, "body": body}
            )
            connection.execute(_NOTE, {"id": str(uuid4()), "row_id": which, "body": body[:1024]})
        return Response(
            json.dumps({"id": which, "version": found.version + 1, "text": padding}),
            mimetype="application/json",
        )

    return app
