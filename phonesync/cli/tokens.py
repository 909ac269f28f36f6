# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync token``: tokens by which programs use the API of the journal."""

from typing import Annotated, Any

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.output import TableOrJsonl
from phonesync.cli.users import known_user
from phonesync.errors import ConfigError

FIELDS = ("id", "user", "name", "permissions", "created_at", "expires_at", "used_at")
"""Fields of ``phonesync token list --format jsonl``, in their order."""

LONGEST_DAYS = 3660

app = typer.Typer(help="Make and revoke tokens for programs.", rich_markup_mode=None)


@app.command("add")
def add(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="As whom the program asks.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What it is for.")],
    permission: Annotated[
        list[str] | None, typer.Option("--permission", help="Only this permission; may be repeated.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=LONGEST_DAYS, help="It expires after so many days.")
    ] = 90,
) -> None:
    """Make a token; it is shown this once."""
    from datetime import timedelta

    from phonesync.clock import SystemClock
    from phonesync.store.access.records import Act
    from phonesync.web.access.secrets import digest, new_token

    allowed, token = _permissions(permission), new_token()
    with opened_store(load_config(ctx)) as store:
        owner = known_user(store, user)
        store.add_token(
            owner.id,
            digest=digest(token),
            name=name,
            permissions=allowed,
            expires_at=SystemClock().now() + timedelta(days=days),
        )
        store.note_act(
            Act(
                user=None, peer="", action="token.add", object=owner.name, detail={"name": name, "days": days}
            )
        )
    typer.echo(token)
    typer.echo(f"This token asks as {owner.name} for {days} days. It is shown this once.", err=True)


def _permissions(wanted: list[str] | None) -> list[str]:
    """The permissions named, or all there are.

    Raises:
        ConfigError: One of them is unknown.
    """
    from phonesync.journal.access import Permission
    from phonesync.spelling import capital, unknown

    known = [one.value for one in Permission]
    for one in wanted or ():
        if one not in known:
            raise ConfigError(capital(unknown("permission", one, known)))
    return wanted or known


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    format_: Annotated[TableOrJsonl, typer.Option("--format", help="table or jsonl.")] = TableOrJsonl.TABLE,
) -> None:
    """Show the tokens that last."""
    from phonesync.cli import output
    from phonesync.clock import iso

    with opened_store(load_config(ctx)) as store:
        rows: list[dict[str, Any]] = [
            {
                "id": one.id,
                "user": one.user,
                "name": one.name,
                "permissions": sorted(one.permissions),
                "created_at": iso(one.created_at),
                "expires_at": iso(one.expires_at),
                "used_at": None if one.used_at is None else iso(one.used_at),
            }
            for one in store.tokens()
        ]
    if format_ is TableOrJsonl.JSONL:
        output.write_jsonl(rows)
        return
    output.write_table(
        ("id", "user", "for", "permissions", "expires (UTC)", "used (UTC)"),
        (
            [
                str(row["id"]),
                str(row["user"]),
                str(row["name"]),
                str(len(row["permissions"])),
                str(row["expires_at"]),
                str(row["used_at"] or ""),
            ]
            for row in rows
        ),
        empty="There is no token; `phonesync token add USER --name NAME` makes one.",
    )


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As `phonesync token list` shows it.")],
) -> None:
    """End a token."""
    from phonesync.store.access.records import Act

    with opened_store(load_config(ctx)) as store:
        if not store.revoke_token(number):
            raise ConfigError(f"There is no token {number}.", hint="`phonesync token list` shows all.")
        store.note_act(Act(user=None, peer="", action="token.revoke", object=str(number)))
    typer.echo(f"The token {number} is of no use any more.")
