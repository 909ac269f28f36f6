"""Run by Alembic on the connection that the store hands it, inside the store's own transaction.

A developer who drafts a revision hands an URL of an up-to-date scratch store instead:
``alembic -x url=sqlite:///scratch.db revision --autogenerate -m "Add …"``.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from phonesync.store.tables import METADATA


def migrate(connection: Connection) -> None:
    """Runs the revisions that the database has not seen."""
    context.configure(
        connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as scratch:
        migrate(scratch)
