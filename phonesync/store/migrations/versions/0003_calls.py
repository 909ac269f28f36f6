"""Calls: many phones' rows as one, on corrected clocks; call-backs and CDRs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables, and has every kept entry joined."""
    _create_joining()
    _create_calls()
    _create_knowledge()
    _create_witnesses()
    op.execute(
        "INSERT INTO join_queue (entry_id, incarnation_id) "
        "SELECT id, incarnation_id FROM entries ORDER BY started_at, id"
    )


def _create_joining() -> None:
    """What joining finds entries by, and what waits for it."""
    op.create_table(
        "join_queue",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("set_aside", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_join_queue_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_join_queue"),
        sa.UniqueConstraint("entry_id", name="uq_join_queue_entry_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "joined_entries",
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("low", INSTANT, nullable=False),
        sa.Column("high", INSTANT, nullable=False),
        sa.Column("keys", TEXT, nullable=False),
        sa.Column("call_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_joined_entries_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("entry_id", name="pk_joined_entries"),
    )
    op.create_index("ix_joined_entries_call_id", "joined_entries", ["call_id"])
    op.create_index(
        "ix_joined_entries_incarnation_id_tier_low", "joined_entries", ["incarnation_id", "tier", "low"]
    )
    op.create_table(
        "join_keys",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("low", INSTANT, nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("high", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", "low", "entry_id", name="pk_join_keys"),
        sqlite_with_rowid=False,
    )


def _create_calls() -> None:
    """Calls, and what people said of them."""
    op.create_table(
        "calls",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("disposition", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_within_s", sa.Integer(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ring_s", sa.Integer(), nullable=True),
        sa.Column("talk_s", sa.Integer(), nullable=True),
        sa.Column("outside", TEXT, nullable=True),
        sa.Column("calling_number", TEXT, nullable=True),
        sa.Column("calling_e164", TEXT, nullable=True),
        sa.Column("calling_extension", TEXT, nullable=True),
        sa.Column("calling_name", TEXT, nullable=True),
        sa.Column("called_number", TEXT, nullable=True),
        sa.Column("called_e164", TEXT, nullable=True),
        sa.Column("called_extension", TEXT, nullable=True),
        sa.Column("called_name", TEXT, nullable=True),
        sa.Column("answered_by", TEXT, nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("unanswered", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("group_name", TEXT, nullable=True),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("department", TEXT, nullable=True),
        sa.Column("could_answer", TEXT, nullable=False),
        sa.Column("reasons", TEXT, nullable=False),
        sa.Column("voicemail", sa.Boolean(), nullable=False),
        sa.Column("keys", TEXT, nullable=True),
        sa.Column("recording", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_outside_started_at", "calls", ["outside", "started_at"])
    op.create_index("ix_calls_started_at_id", "calls", ["started_at", "id"])
    op.create_table(
        "call_legs",
        sa.Column("call_id", TEXT, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("extension", TEXT, nullable=True),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("department", TEXT, nullable=True),
        sa.Column("list_name", TEXT, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("talk_s", sa.Integer(), nullable=True),
        sa.Column("entry_ids", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_call_legs_phone_id_phones"),
        sa.PrimaryKeyConstraint("call_id", "ordinal", name="pk_call_legs"),
    )
    op.create_index("ix_call_legs_phone_id_started_at", "call_legs", ["phone_id", "started_at"])
    op.create_table(
        "waiting_calls",
        sa.Column("phone_id", NUMBER, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("call_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phones.id"], name="fk_waiting_calls_phone_id_phones"),
        sa.PrimaryKeyConstraint("phone_id", "until", "call_id", name="pk_waiting_calls"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_waiting_calls_call_id", "waiting_calls", ["call_id"])
    op.create_table(
        "call_marks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("one", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call_marks"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "marked_entries",
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("mark_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["mark_id"], ["call_marks.id"], name="fk_marked_entries_mark_id_call_marks"),
        sa.PrimaryKeyConstraint("entry_id", "mark_id", name="pk_marked_entries"),
    )


def _create_knowledge() -> None:
    """What was learned of groups, clocks and times."""
    op.create_table(
        "learned_groups",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ringing", TEXT, nullable=False),
        sa.Column("members", TEXT, nullable=False),
        sa.Column("step_s", sa.Float(), nullable=True),
        sa.Column("number", TEXT, nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verdict", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_learned_groups"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "clock_evidence",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("low_s", sa.Float(), nullable=False),
        sa.Column("high_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_clock_evidence_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "at", "source", name="pk_clock_evidence"),
    )
    op.create_table(
        "clock_news",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_clock_news_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", name="pk_clock_news"),
    )
    op.create_table(
        "clock_segments",
        sa.Column("incarnation_id", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("low_s", sa.Float(), nullable=False),
        sa.Column("high_s", sa.Float(), nullable=False),
        sa.Column("drift_ppm", sa.Float(), nullable=False),
        sa.Column("stepped", sa.Boolean(), nullable=False),
        sa.Column("never_low_s", sa.Float(), nullable=True),
        sa.Column("never_high_s", sa.Float(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incarnation_id"], ["incarnations.id"], name="fk_clock_segments_incarnation_id_incarnations"
        ),
        sa.PrimaryKeyConstraint("incarnation_id", "version", "since", "held", name="pk_clock_segments"),
    )
    op.create_table(
        "time_meanings",
        sa.Column("vendor", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("firmware", TEXT, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("time_of", TEXT, nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "model", "firmware", "answered", name="pk_time_meanings"),
    )
    op.create_table(
        "time_votes",
        sa.Column("vendor", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("firmware", TEXT, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("fits", TEXT, nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "vendor", "model", "firmware", "answered", "source", "fits", name="pk_time_votes"
        ),
    )


def _create_witnesses() -> None:
    """Call-backs, what a switch recorded, and what calls were made with."""
    op.create_table(
        "applied",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_applied"),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("department", TEXT, nullable=True),
        sa.Column("first_call", TEXT, nullable=False),
        sa.Column("last_call", TEXT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_attempt_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", TEXT, nullable=True),
        sa.Column("closed_how", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_callbacks_closed_at_opened_at", "callbacks", ["closed_at", "opened_at"])
    op.create_index("ix_callbacks_party", "callbacks", ["party"])
    op.create_table(
        "cdr_sources",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("reached", NUMBER, nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("mark", TEXT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("clock_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_cdr_sources"),
    )
    op.create_table(
        "cdr_records",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("within_s", sa.Integer(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("calling", TEXT, nullable=True),
        sa.Column("called", TEXT, nullable=True),
        sa.Column("answered_by", TEXT, nullable=True),
        sa.Column("extensions", TEXT, nullable=False),
        sa.Column("group_number", TEXT, nullable=True),
        sa.Column("disposition", TEXT, nullable=False),
        sa.Column("ring_s", sa.Integer(), nullable=True),
        sa.Column("talk_s", sa.Integer(), nullable=True),
        sa.Column("keys", TEXT, nullable=True),
        sa.Column("recording", TEXT, nullable=True),
        sa.Column("unique_id", TEXT, nullable=True),
        sa.Column("linked_id", TEXT, nullable=True),
        sa.Column("line", TEXT, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("call_id", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cdr_records"),
        sa.UniqueConstraint("source", "digest", name="uq_cdr_records_source_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cdr_records_call_id", "cdr_records", ["call_id"])
    op.create_index("ix_cdr_records_linked_id", "cdr_records", ["linked_id"])
    op.create_index("ix_cdr_records_started_at", "cdr_records", ["started_at"])
    op.create_index("ix_cdr_records_unique_id", "cdr_records", ["unique_id"])
