# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync calls``: one line for each call, why it is one, and what a person can put right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.calls.values import CallDirection, Disposition
from phonesync.cli import call_groups
from phonesync.cli.context import load_config, opened_store
from phonesync.cli.ledger import Since, Until
from phonesync.cli.output import CallFormat, Language

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store

app = typer.Typer(
    help="Show calls: what the rows of all phones tell, each call once.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="Of the call, or of any of its entries.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]


app.add_typer(call_groups.app, name="groups")

Direction = Annotated[
    CallDirection | None, typer.Option("--direction", help="Only calls that went this way.")
]
Ended = Annotated[Disposition | None, typer.Option("--disposition", help="Only calls that ended so.")]
Extension = Annotated[
    str | None, typer.Option("--extension", metavar="NUMBER", help="Only calls with this extension.")
]
Department = Annotated[
    str | None, typer.Option("--department", metavar="NAME", help="Only calls with this department.")
]
Number = Annotated[
    str | None, typer.Option("--number", metavar="NUMBER", help="Only calls from or to this number.")
]
Name = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="Only calls with this text in a name.")
]
MinTalk = Annotated[
    int | None,
    typer.Option("--min-talk", metavar="SECONDS", min=0, help="Only calls with so much talk at least."),
]
Phone = Annotated[
    str | None, typer.Option("--phone", metavar="NAME", help="Only calls that this phone had a part in.")
]
Workbook = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Workbook that `xlsx` writes, in place of what it held."),
]
WorkbookLanguage = Annotated[
    Language | None, typer.Option("--language", help="Of headings and words in it; English by default.")
]


@contextmanager
def joined_store(config: "Config") -> Iterator["Store"]:
    """The store, with everything in it joined; a running agent sees to that by itself."""
    from phonesync.cli import joined

    with opened_store(config) as store:
        joined.bring_up_to_date(config, store)
        yield store


@app.callback()
def calls(
    ctx: typer.Context,
    *,
    output: Annotated[CallFormat, typer.Option("--format", help="How to write them.")] = CallFormat.TABLE,
    file: Workbook = None,
    language: WorkbookLanguage = None,
    since: Since = None,
    until: Until = None,
    direction: Direction = None,
    disposition: Ended = None,
    extension: Extension = None,
    department: Department = None,
    number: Number = None,
    name: Name = None,
    min_talk: MinTalk = None,
    phone: Phone = None,
) -> None:
    """Show calls; the commands below explain one, or put right what was joined wrongly."""
    if ctx.invoked_subcommand is not None:
        return
    from phonesync.cli import call_listing, known_words, span
    from phonesync.store.call_records import CallFilter

    to = call_listing.destination(output, file, language)
    config = load_config(ctx)
    known_words.say_unknown_extension(config, extension)
    known_words.say_unknown_department(config, department)
    start, end = span.span(since, until, config=config, phone=phone)
    wanted = CallFilter(
        since=start,
        until=end,
        direction=direction,
        disposition=disposition,
        extension=extension,
        department=department,
        phone=phone,
        min_talk=min_talk,
    )
    with joined_store(config) as store:
        call_listing.write(config, store, wanted, number=number, name=name, to=to)


@app.command("explain")
def explain(ctx: typer.Context, call: Id) -> None:
    """Say why some rows are one call, what was left apart, and what is not known."""
    from phonesync.cli import call_orders
    from phonesync.logs import visible

    config = load_config(ctx)
    with joined_store(config) as store:
        typer.echo(visible(call_orders.explanation(config, store, call)))


@app.command("split")
def split(
    ctx: typer.Context,
    call: Id,
    entries: Annotated[
        list[str] | None,
        typer.Argument(metavar="ENTRY", help="Entries to take out of it; else every phone's part by itself."),
    ] = None,
    *,
    dry_run: DryRun = False,
) -> None:
    """Take rows out of a call, for ever; `join` puts them back."""
    from phonesync.cli import call_orders

    config = load_config(ctx)
    with joined_store(config) as store:
        typer.echo(call_orders.split(config, store, call, entries or [], dry_run=dry_run))


@app.command("join")
def join(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Calls, or entries of them: two at least.")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Make several calls one, for ever; `split` takes them apart."""
    from phonesync.cli import call_orders

    config = load_config(ctx)
    with joined_store(config) as store:
        typer.echo(call_orders.join(config, store, ids, dry_run=dry_run))


@app.command("recompute")
def recompute(ctx: typer.Context) -> None:
    """Join all entries anew, from nothing."""
    from phonesync.cli import joined

    config = load_config(ctx)
    with opened_store(config) as store:
        typer.echo(joined.recompute(config, store))
