"""Is the process alive, and can it work: for supervisors and load balancers."""

import logging

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from service.access import access
from service.current import unit_of_work

blueprint = Blueprint("health", __name__)
log = logging.getLogger("zhupi.health")


@blueprint.get("/healthz")
@access("public")
def healthz() -> ResponseReturnValue:
    """Answer that the process lives; touches nothing."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access("public")
def readyz() -> ResponseReturnValue:
    """Say of database, object store and migrations whether each is there; 503 unless all are."""
    parts = {"database": _database(), "migrations": _migrations(), "object_store": _store()}
    ready = all(parts.values())
    return jsonify(status="ok" if ready else "not ready", **parts), 200 if ready else 503


def _database() -> bool:
    import sqlalchemy as sa

    from storage.db import db

    try:
        db.session.execute(sa.text("SELECT 1"))
    except Exception as error:  # whatever it is, it is not ready
        return _away("database", error)
    return True


def _migrations() -> bool:
    from storage.database import is_migrated

    try:
        return bool(is_migrated())
    except Exception as error:
        return _away("migrations", error)


def _store() -> bool:
    try:
        return unit_of_work().documents.ready() is not False
    except Exception as error:
        return _away("object store", error)


def _away(part: str, error: Exception) -> bool:
    log.warning("%s is away: %s", part, type(error).__qualname__)
    return False
