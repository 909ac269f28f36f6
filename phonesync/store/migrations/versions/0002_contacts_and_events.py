"""Contacts, phonebooks, and what phones report by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds what a report says to entries, and creates the new tables."""
    _extend_entries()
    _create_contacts()
    _create_books()
    _create_events()


def _extend_entries() -> None:
    """Where an entry comes from, and what only a report tells of it."""
    op.add_column("entries", sa.Column("sources", TEXT, nullable=False, server_default="list"))
    op.add_column("entries", sa.Column("call_id", TEXT, nullable=True))
    op.add_column("entries", sa.Column("ring_s", sa.Integer(), nullable=True))
    op.add_column("entries", sa.Column("outcome", TEXT, nullable=True))
    op.add_column("entries", sa.Column("time_of", TEXT, nullable=True))
    op.add_column("entries", sa.Column("unseen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("entries", sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.false()))


def _create_contacts() -> None:
    """Sources, contacts and their numbers."""
    op.create_table(
        "contact_sources",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tried_at", INSTANT, nullable=True),
        sa.Column("imported_at", INSTANT, nullable=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=True),
        sa.Column("bad_rows", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("held", TEXT, nullable=True),
        sa.Column("held_digest", TEXT, nullable=True),
        sa.Column("confirmed_digest", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_contact_sources"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("uid", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("company", TEXT, nullable=True),
        sa.Column("department", TEXT, nullable=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("etag", TEXT, nullable=True),
        sa.Column("card", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("source", "uid", name="uq_contacts_source_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "contact_numbers",
        sa.Column("contact_id", NUMBER, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("canonical", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_contact_numbers_contact_id_contacts"
        ),
        sa.PrimaryKeyConstraint("contact_id", "ordinal", name="pk_contact_numbers"),
    )
    op.create_index("ix_contact_numbers_canonical", "contact_numbers", ["canonical"])


def _create_books() -> None:
    """What phones fetched, uploaded and were given."""
    op.create_table(
        "phone_addresses",
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_phone_addresses_phone_id_phones"),
        sa.PrimaryKeyConstraint("phone_id", name="pk_phone_addresses"),
        sa.UniqueConstraint("token", name="uq_phone_addresses_token"),
    )
    op.create_table(
        "served_books",
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("etag", TEXT, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("agent", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_served_books_phone_id_phones"),
        sa.PrimaryKeyConstraint("phone_id", "file", name="pk_served_books"),
    )
    op.create_table(
        "own_books",
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_own_books_phone_id_phones"),
        sa.PrimaryKeyConstraint("phone_id", "file", name="pk_own_books"),
    )
    op.create_table(
        "pushed_contacts",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("numbers", TEXT, nullable=False),
        sa.Column("held_id", TEXT, nullable=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("before", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_pushed_contacts_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "contact", name="pk_pushed_contacts"),
    )


def _create_events() -> None:
    """Reports, and when they could be heard."""
    op.create_table(
        "events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("call_key", TEXT, nullable=False),
        sa.Column("call_id", TEXT, nullable=True),
        sa.Column("account", TEXT, nullable=True),
        sa.Column("remote_number", TEXT, nullable=True),
        sa.Column("remote_host", TEXT, nullable=True),
        sa.Column("remote_name", TEXT, nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("direction", TEXT, nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_events_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_incarnation_id_call_key_at", "events", ["incarnation_id", "call_key", "at"])
    op.create_index("ix_events_incarnation_id_at", "events", ["incarnation_id", "at"])
    op.create_index("ix_events_taken_at", "events", ["taken", "at"])
    op.create_table(
        "heard_spans",
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("since", name="pk_heard_spans"),
    )
    op.create_table(
        "alive_signs",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("settled_until", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_alive_signs_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", name="pk_alive_signs"),
    )
