# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync audit``: who did what, and whether the log of it is whole."""

from typing import Annotated, Any

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.output import TableOrJsonl
from phonesync.cli.span import span

FIELDS = ("id", "at", "user", "peer", "action", "object", "detail", "chain")
"""Fields of ``phonesync audit list --format jsonl``, in their order."""

BROKEN = 1

app = typer.Typer(help="Show the audit log, and prove that it is whole.", rich_markup_mode=None)


@app.command("verify")
def verify(
    ctx: typer.Context,
    *,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="CHAIN", help="A chain noted before must be in the log.")
    ] = None,
) -> None:
    """Look whether every line follows from those before it; exit code 1 where one does not."""
    with opened_store(load_config(ctx)) as store:
        verdict = store.verify_audit(expect=expect)
    if verdict.broken_at is not None:
        typer.echo(
            f"The audit log is broken at line {verdict.broken_at}: it was changed, or lines before it were "
            f"removed. The {verdict.lines} lines before it are whole."
        )
        raise typer.Exit(BROKEN)
    if expect is not None and not verdict.expected:
        typer.echo(
            f"The audit log is whole, but the chain {expect} is not in it: lines were removed from its end."
        )
        raise typer.Exit(BROKEN)
    lines = "1 line" if verdict.lines == 1 else f"{verdict.lines} lines"
    typer.echo(f"The audit log is whole: {lines}.")
    if verdict.chain:
        typer.echo(f"Its chain now: {verdict.chain}")


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    user: Annotated[str | None, typer.Option("--user", help="Only what this user did.")] = None,
    action: Annotated[
        str | None, typer.Option("--action", help="Only this action, for example call.export.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="From this date or time on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this date or time.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="At most so many lines, the newest ones.")
    ] = 100,
    format_: Annotated[TableOrJsonl, typer.Option("--format", help="table or jsonl.")] = TableOrJsonl.TABLE,
) -> None:
    """Show who did what, newest first."""
    from phonesync.cli import output
    from phonesync.store.access.records import AuditFilter

    config = load_config(ctx)
    start, end = span(since, until, config=config, phone=None)
    wanted = AuditFilter(user=user, action=action, since=start, until=end)
    with opened_store(config) as store:
        rows = [_row(line) for line in store.audit_page(wanted, limit=limit)]
    if format_ is TableOrJsonl.JSONL:
        output.write_jsonl(rows)
        return
    output.write_table(
        ("line", "at (UTC)", "user", "from", "action", "what", "detail"),
        ([str(row[key] or "") for key in FIELDS[:-2]] + [_detail(row)] for row in rows),
        empty="No line of the audit log fits.",
    )


def _row(line: Any) -> dict[str, Any]:
    """The values of :data:`FIELDS`."""
    import json

    from phonesync.clock import iso

    return {
        **{key: getattr(line, key) for key in FIELDS},
        "at": iso(line.at),
        "detail": json.loads(line.detail),
    }


def _detail(row: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in row["detail"].items())
