"""Statements are counted, and a slow one is told by its shape, never by its values."""

import dataclasses
import logging

import pytest
import sqlalchemy as sa
from flask import Flask

from storage.database import init_database
from storage.db import db
from storage.statements import count_anew, counted, shape_of

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i), :who FROM n WHERE 'Holunder' <> ''"


@pytest.mark.parametrize(("limit", "told"), [(1, 1), (60_000, 0)])
def test_a_slow_statement_is_told_without_values(settings, caplog, limit, told):
    app = Flask("slow")
    init_database(app, dataclasses.replace(settings, slow_statement_ms=limit))
    with app.app_context(), caplog.at_level(logging.WARNING):
        db.session.execute(sa.text(SLOW), {"who": "Wacholder"}).all()
        db.session.remove()
        db.engine.dispose()
    lines = [record for record in caplog.records if record.name == "zhupi.statements"]
    assert len(lines) == told
    for line in lines:
        assert "SELECT max(i)" in line.statement
        assert line.duration_ms >= 1
        assert "Wacholder" not in str(line.__dict__)
        assert "Holunder" not in str(line.__dict__)
        assert "300000" not in str(line.__dict__)


def test_statements_are_counted_and_what_opens_a_transaction_is_none(app_context):
    count_anew()
    for _ in range(3):
        db.session.execute(sa.text("SELECT 1"))
    assert counted() == 3
    db.session.rollback()
    count_anew()
    assert counted() == 0


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("SELECT a FROM t\n  WHERE b = 'it''s me' AND c = 42", "SELECT a FROM t WHERE b = ? AND c = ?"),
        ("SELECT t1.a FROM t1 WHERE t1.b = :b_1 LIMIT $1", "SELECT t1.a FROM t1 WHERE t1.b = :b_1 LIMIT $1"),
        ("SELECT " + "x, " * 400, ("SELECT " + "x, " * 400)[:500]),
    ],
)
def test_the_shape_of_a_statement(statement, shape):
    assert shape_of(statement) == shape
