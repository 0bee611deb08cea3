"""The schema: what the migrations make is what the models say, on both databases."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import _alembic, is_migrated, make_engine, migrate, newest_revision, writing
from storage.db import Base
from storage.models import Definition, Instance, Organisation, Task, Timer


def test_the_migrated_schema_is_that_of_the_models(settings):
    engine = make_engine(settings)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_it_has_every_key_and_index_of_the_models_by_name(settings):
    """compare_metadata overlooks primary keys and the names of foreign keys on SQLite."""
    engine = make_engine(settings)
    inspector = sa.inspect(engine)
    for table in Base.metadata.sorted_tables:
        assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name
        assert inspector.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
        found = {(key["name"], tuple(key["constrained_columns"])) for key in inspector.get_foreign_keys(table.name)}
        assert found == {(str(key.name), tuple(c.name for c in key.columns)) for key in table.foreign_key_constraints}
    engine.dispose()


def test_migrating_again_changes_nothing(settings):
    migrate(settings)
    engine = make_engine(settings)
    assert is_migrated(engine)
    engine.dispose()


def test_a_database_without_or_with_another_schema_is_not_migrated(settings):
    engine = make_engine(settings)
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    assert not is_migrated(engine)
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        connection.execute(sa.text("DROP TABLE alembic_version"))
    assert not is_migrated(engine)
    engine.dispose()
    assert newest_revision()


def test_the_names_fit_postgresql():
    names = [str(thing.name) for table in Base.metadata.sorted_tables for thing in (*table.constraints, *table.indexes)]
    assert max(map(len, names)) <= 63


def test_room_for_longer_ids_is_made_around_the_rows_that_are_there(settings):
    """On SQLite the declaration is corrected in place: nothing that points to these tables may be lost."""
    engine = make_engine(settings)
    config = _alembic()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        for table, values in _ROWS:
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)  # noqa: S608 - of this file
    migrate(settings)
    with engine.connect() as connection:
        kept = connection.execute(sa.select(Task.element_id, Task.process_key, Task.applicant_id)).all()
        assert kept == [("review", "p", UUID(_ID(1)))]
        assert connection.execute(sa.text("SELECT task_id FROM submission")).scalar() is not None
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA writable_schema").scalar() == 0
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE task SET element_id = :long"), {"long": "x" * 389})
    engine.dispose()


_ID = "00000000-0000-4000-8000-00000000000{}".format
_AT = "2026-11-20 01:30:00+00:00"
_ROWS = (
    ("organisation", {"id": _ID(1), "name": "one", "created_at": _AT}),
    (
        "definition",
        {"id": _ID(2), "process_key": "p", "version": 1, "sha256": "0" * 64, "title": "P", "deployed_at": _AT},
    ),
    (
        "instance",
        {
            "id": _ID(3), "number": "N-1", "process_key": "p", "definition_id": _ID(2), "organisation_id": _ID(1),
            "status": "active", "state": b"", "state_version": 0, "state_sha256": "0" * 64, "journal_seq": 0,
            "journal_hash": "0" * 64, "created_at": _AT,
        },
    ),
    (
        "task",
        {
            "id": _ID(4), "instance_id": _ID(3), "key": "k", "element_id": "review", "lane": "l", "round": 1,
            "organisation_id": _ID(1), "status": "open", "version": 1, "created_at": _AT,
        },
    ),
    (
        "submission",
        {
            "id": _ID(5), "instance_id": _ID(3), "task_id": _ID(4), "element_id": "review", "round": 1, "number": 1,
            "organisation_id": _ID(1), "answers": "{}", "digest": "0" * 64, "created_at": _AT,
        },
    ),
)  # fmt: skip


BEFORE = "0003"


def test_what_ran_before_there_were_deadlines_goes_on_without_one(settings):
    """Down to the revision before and up again with a case in it: nothing gets a term, timers keep their instants."""
    engine, due = make_engine(settings), datetime(2026, 11, 25, 16, tzinfo=UTC)
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE)
        old = {name: sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("instance", "timer")}
        assert not {"kind", "form", "text", "since", "working"} & set(old["timer"].columns.keys())
        assert not {"fill_in_key", "fill_in_until"} & set(old["instance"].columns.keys())
        ids = {name: UUID(int=number) for number, name in enumerate(("organisation", "definition", "instance"), 1)}
        insert = {
            Organisation: {"id": ids["organisation"], "name": "x", "created_at": due},
            Definition: {
                "id": ids["definition"], "process_key": "p", "version": 1, "sha256": "0", "title": "p", "deployed_at": due,
            },
        }  # fmt: skip
        for model, values in insert.items():
            connection.execute(sa.insert(model.__table__).values(**values))
        columns = [one for one in Instance.__table__.columns if one.name in old["instance"].columns]
        case = {
            "id": ids["instance"], "number": "P-1", "process_key": "p", "definition_id": ids["definition"],
            "organisation_id": ids["organisation"], "status": "active", "state": b"", "state_version": 1,
            "state_sha256": "", "next_due_at": due, "journal_seq": 0, "journal_hash": "", "created_at": due,
        }  # fmt: skip
        before = sa.table("instance", *(sa.column(one.name, one.type) for one in columns))
        connection.execute(before.insert().values(**case))
        timer = {
            "instance_id": ids["instance"], "key": "k", "element_id": "e", "host": "h", "interrupting": True, "due_at": due,
        }  # fmt: skip
        typed = Timer.__table__.c
        connection.execute(
            sa.table("timer", *(sa.column(name, typed[name].type) for name in timer)).insert().values(**timer)
        )
        command.upgrade(config, "head")
        kept = connection.execute(sa.select(Timer.__table__)).one()
        assert (kept.kind, kept.form, kept.text, kept.since, kept.working) == ("engine", None, None, None, False)
        assert kept.due_at == due
        found = connection.execute(sa.select(Instance.__table__)).one()
        assert (found.fill_in_key, found.fill_in_until, found.next_due_at) == (None, None, due)
    assert is_migrated(engine)
    engine.dispose()


def test_the_newest_revision_is_the_one_that_alembic_finds():
    assert ScriptDirectory.from_config(_alembic()).get_current_head() == newest_revision()
