# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync cdr``: a switch's own record of calls, as a witness beside the phones."""

from enum import StrEnum
from typing import Annotated

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.ledger import Since, Until
from phonesync.cli.output import Format, TableOrJsonl

app = typer.Typer(
    help="Import a switch's own record of calls, and hold it against what the phones say.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Kind(StrEnum):
    """Records that can be read without being configured."""

    ASTERISK = "asterisk"
    FREEPBX = "freepbx"


class Listed(StrEnum):
    """What of the report is written."""

    LOSS = "loss"
    BOTH = "both"
    ONLY_CDR = "only-cdr"
    ONLY_PHONES = "only-phones"


@app.callback()
def cdr() -> None:
    """A switch's record is an outside witness of the phones' calls."""


@app.command("import")
def import_(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this record; with --kind a file.")
    ] = None,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="These files instead of the record's own.")
    ] = None,
    *,
    kind: Annotated[
        Kind | None,
        typer.Option("--kind", help="What the files are, where no record is configured for them."),
    ] = None,
    utc: Annotated[bool, typer.Option("--utc", help="With --kind: their times are UTC.")] = False,
    output: Annotated[
        TableOrJsonl, typer.Option("--format", help="How to write the result.")
    ] = TableOrJsonl.TABLE,
) -> None:
    """Import what was added to records of a switch; a line is taken once, however often it is imported."""
    from phonesync.cli import cdr_orders

    config = load_config(ctx)
    words = [*([] if name is None else [name]), *(files or [])]
    wanted = cdr_orders.wanted(config, words, kind=None if kind is None else kind.value, utc=utc)
    with opened_store(config) as store:
        code = cdr_orders.import_all(config, store, wanted, output=output)
    if code:
        raise typer.Exit(code)


@app.command("report")
def report(
    ctx: typer.Context,
    *,
    since: Since = None,
    until: Until = None,
    listed: Annotated[Listed, typer.Option("--list", help="What of it.")] = Listed.LOSS,
    output: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
) -> None:
    """Hold the records of switches against the phones: what is in both, what in one alone, and the loss."""
    from phonesync.cdr.report import Report
    from phonesync.cli import cdr_rows, joined
    from phonesync.cli.span import span

    config = load_config(ctx)
    start, end = span(since, until, config=config, phone=None)
    with opened_store(config) as store:
        joined.bring_up_to_date(config, store)
        cdr_rows.write(Report(config, store, since=start, until=end), listed, output=output)
