"""What Alembic runs: the migrations, on the connection that `hub.database.run_alembic` opened."""

from alembic import context
from sqlalchemy import Connection

from hub.migrations.metadata import METADATA

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
context.config.attributes["revision"] = context.get_context().get_current_revision()
