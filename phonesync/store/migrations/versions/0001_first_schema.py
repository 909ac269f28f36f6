"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Creates every table, the ones referred to first."""
    _create_phones()
    _create_states()
    _create_entries()
    _create_labels()
    _create_spans()
    _create_raw()


def _create_phones() -> None:
    """Names, physical phones, owners, requests."""
    op.create_table(
        "phones",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_phones"),
        sa.UniqueConstraint("name", name="uq_phones_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "incarnations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_incarnations_phone_id_phones"),
        sa.PrimaryKeyConstraint("id", name="pk_incarnations"),
        sa.UniqueConstraint("label", name="uq_incarnations_label"),
        sa.UniqueConstraint("phone_id", "number", name="uq_incarnations_phone_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "assignments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension", TEXT, nullable=True),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("department", TEXT, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_assignments_phone_id_phones"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assignments_phone_id", "assignments", ["phone_id"])
    op.create_table(
        "poll_requests",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_poll_requests_phone_id_phones"),
        sa.PrimaryKeyConstraint("id", name="pk_poll_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_poll_requests_done_at", "poll_requests", ["done_at"])


def _create_states() -> None:
    """What the agent remembers of each phone."""
    op.create_table(
        "clock_offsets",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offset_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_clock_offsets_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "at", name="pk_clock_offsets"),
    )
    op.create_table(
        "ledgers",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_ledgers_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", name="pk_ledgers"),
    )
    op.create_table(
        "states",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("mac", TEXT, nullable=True),
        sa.Column("vendor", TEXT, nullable=True),
        sa.Column("variant", TEXT, nullable=True),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("firmware", TEXT, nullable=True),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("last_read", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_reason", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("error_kind", TEXT, nullable=True),
        sa.Column("down_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_credentials", TEXT, nullable=True),
        sa.Column("offered_credentials", TEXT, nullable=True),
        sa.Column("proven_credentials", TEXT, nullable=True),
        sa.Column("sign_in_lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_session", sa.Boolean(), nullable=False),
        sa.Column("clock_offset_s", sa.Float(), nullable=True),
        sa.Column("certificate", TEXT, nullable=True),
        sa.Column("swapped", TEXT, nullable=False),
        sa.Column("swap_proposed", sa.Boolean(), nullable=False),
        sa.Column("accept_unaligned", sa.Boolean(), nullable=False),
        sa.Column("ledger_digest", TEXT, nullable=False),
        sa.Column("notes", TEXT, nullable=False),
        sa.Column("time_of", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_states_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", name="pk_states"),
    )


def _create_entries() -> None:
    """What phones showed."""
    op.create_table(
        "entries",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("list_code", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=True),
        sa.Column("remote_number", TEXT, nullable=True),
        sa.Column("remote_host", TEXT, nullable=True),
        sa.Column("remote_name", TEXT, nullable=True),
        sa.Column("shown_at", TEXT, nullable=True),
        sa.Column("zone", TEXT, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolution_s", sa.Integer(), nullable=True),
        sa.Column("clock_offset_s", sa.Float(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_phone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_entries_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "id", name="pk_entries"),
    )
    op.create_index("ix_entries_incarnation_id_key", "entries", ["incarnation_id", "key"])
    op.create_index("ix_entries_incarnation_id_started_at", "entries", ["incarnation_id", "started_at"])
    op.create_index("ix_entries_started_at", "entries", ["started_at"])
    op.create_table(
        "aliases",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("alias_id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id", "entry_id"],
            ["entries.incarnation_id", "entries.id"],
            name="fk_aliases_incarnation_id_entry_id_entries",
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "alias_id", name="pk_aliases"),
    )
    op.create_index("ix_aliases_incarnation_id_entry_id", "aliases", ["incarnation_id", "entry_id"])
    op.create_index("ix_aliases_incarnation_id_key", "aliases", ["incarnation_id", "key"])


def _create_labels() -> None:
    """What codes and accounts mean."""
    op.create_table(
        "lines",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_lines_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "account", name="pk_lines"),
    )
    op.create_table(
        "list_names",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("list_code", TEXT, nullable=False),
        sa.Column("list_name", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_list_names_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "variant", "list_code", name="pk_list_names"),
    )


def _create_spans() -> None:
    """What is known of which time."""
    op.create_table(
        "open_spans",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("list_code", TEXT, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_open_spans_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "list_code", name="pk_open_spans"),
    )
    op.create_table(
        "spans",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("list_code", TEXT, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("estimate", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_spans_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_spans"),
    )
    op.create_index("ix_spans_incarnation_id", "spans", ["incarnation_id"])


def _create_raw() -> None:
    """The answers of phones."""
    op.create_table(
        "raw_answers",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("content_type", TEXT, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_raw_answers_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_raw_answers"),
        sa.UniqueConstraint(
            "incarnation_id",
            "path",
            "at",
            "ordinal",
            "kind",
            name="uq_raw_answers_incarnation_id_path_at_ordinal_kind",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_raw_answers_at", "raw_answers", ["at"])
