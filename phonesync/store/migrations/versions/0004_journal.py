"""The journal: who may read it, what people say of calls, and what finds them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    _create_access()
    _create_marks()
    _create_journal()
    _find_calls()


def _create_access() -> None:
    """Who may sign in, and what was done."""
    op.create_table(
        "users",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("shown_name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("departments", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=True),
        sa.Column("second_factor", TEXT, nullable=True),
        sa.Column("second_factor_step", NUMBER, nullable=True),
        sa.Column("subject", TEXT, nullable=True),
        sa.Column("language", TEXT, nullable=True),
        sa.Column("timezone", TEXT, nullable=True),
        sa.Column("theme", TEXT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_at", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("subject", name="uq_users_subject"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("peer", TEXT, nullable=False),
        sa.Column("browser", TEXT, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("digest", name="uq_sessions_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "api_tokens",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("permissions", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "sign_in_links",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sign_in_links_user_id_users"),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_links"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_name", TEXT, nullable=True),
        sa.Column("peer", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("object", TEXT, nullable=True),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("chain", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])


def _create_marks() -> None:
    """What people say of calls and numbers."""
    op.create_table(
        "tags",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("color", TEXT, nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("name", name="uq_tags_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "call_tags",
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("tag_id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_call_tags_tag_id_tags"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_call_tags_user_id_users"),
        sa.PrimaryKeyConstraint("entry_id", "tag_id", name="pk_call_tags"),
    )
    op.create_index("ix_call_tags_tag_id", "call_tags", ["tag_id"])
    op.create_table(
        "number_tags",
        sa.Column("party", TEXT, nullable=False),
        sa.Column("tag_id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_number_tags_tag_id_tags"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_number_tags_user_id_users"),
        sa.PrimaryKeyConstraint("party", "tag_id", name="pk_number_tags"),
    )
    op.create_index("ix_number_tags_tag_id", "number_tags", ["tag_id"])
    op.create_table(
        "call_comments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_call_comments_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_call_comments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_comments_entry_id", "call_comments", ["entry_id"])
    op.create_table(
        "call_stars",
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_call_stars_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "entry_id", name="pk_call_stars"),
    )
    op.create_table(
        "private_calls",
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_private_calls_user_id_users"),
        sa.PrimaryKeyConstraint("entry_id", "owner", name="pk_private_calls"),
    )


def _create_journal() -> None:
    """What finds calls, and what is done about them."""
    op.create_table(
        "parties",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.Column("country", TEXT, nullable=True),
        sa.Column("digits", TEXT, nullable=False),
        sa.Column("names", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parties"),
        sa.UniqueConstraint("party", name="uq_parties_party"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "party_tails",
        sa.Column("tail", TEXT, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["party"], ["parties.party"], name="fk_party_tails_party_parties"),
        sa.PrimaryKeyConstraint("tail", "party", name="pk_party_tails"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_filters_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filters"),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_filters_user_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exports",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("format", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("file", TEXT, nullable=True),
        sa.Column("problem", TEXT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_exports_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exports_user_id", "exports", ["user_id"])
    op.create_table(
        "callback_work",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_callback_work_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_callback_work"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_callback_work_party_owner_opened_at", "callback_work", ["party", "owner", "opened_at"]
    )
    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("problem", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_next_at", "deliveries", ["next_at"])
    failed = sa.text("problem IS NOT NULL")
    op.create_index("ix_deliveries_id", "deliveries", ["id"], sqlite_where=failed, postgresql_where=failed)


def _find_calls() -> None:
    """What finds the newest calls of a phone, a person, a department or a number."""
    op.drop_index("ix_call_legs_phone_id_started_at", table_name="call_legs")
    op.add_column("call_legs", sa.Column("call_at", INSTANT, nullable=True))
    op.execute("UPDATE call_legs SET call_at = (SELECT started_at FROM calls WHERE id = call_id)")
    with op.batch_alter_table("call_legs") as legs:
        legs.alter_column("call_at", existing_type=INSTANT, nullable=False)
    for column in ("phone_id", "owner", "department"):
        op.create_index(f"ix_call_legs_{column}_call_at", "call_legs", [column, "call_at"])
    for column in ("calling_extension", "called_extension", "department", "disposition"):
        op.create_index(f"ix_calls_{column}_started_at", "calls", [column, "started_at"])
    for end in ("calling", "called"):
        raw = sa.text(f"{end}_e164 IS NULL AND {end}_extension IS NULL")
        op.create_index(
            f"ix_calls_{end}_number_started_at",
            "calls",
            [f"{end}_number", "started_at"],
            sqlite_where=raw,
            postgresql_where=raw,
        )
