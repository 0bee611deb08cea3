"""The schema: what the migrations make is what the models say, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage.database import is_migrated, make_engine, migrate, newest_revision
from storage.db import Base


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
