"""Run by alembic: only on the connection that storage.database.migrate hands over, inside its transaction."""

from alembic import context

import storage.models  # noqa: F401 - fills the metadata
from storage.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=False,
)
context.run_migrations()
