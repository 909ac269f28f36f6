# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync entries`` and ``coverage``: what the phones showed, and for which time that is all."""

from enum import StrEnum
from typing import Annotated

import typer

from phonesync.cli.context import is_stored, load_config, opened_store
from phonesync.cli.output import Format, TableOrJsonl
from phonesync.model import ListName


class Sources(StrEnum):
    """Where an entry comes from."""

    LIST = "list"
    EVENT = "event"
    BOTH = "both"


_STORED = {Sources.LIST: "list", Sources.EVENT: "event", Sources.BOTH: "list event"}

Phone = Annotated[str | None, typer.Option("--phone", metavar="NAME", help="Only this phone.")]
List = Annotated[ListName | None, typer.Option("--list", help="Only this call list.")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="From this date or ISO time on (site zone)."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Up to, not including, this date or ISO time (site zone)."),
]


def entries(
    ctx: typer.Context,
    *,
    output: Annotated[Format, typer.Option("--format", help="How to write them.")] = Format.TABLE,
    phone: Phone = None,
    list_name: List = None,
    number: Annotated[
        str | None,
        typer.Option("--number", metavar="NUMBER", help="Only this remote number, as shown or in E.164."),
    ] = None,
    since: Since = None,
    until: Until = None,
    sources: Annotated[
        Sources | None,
        typer.Option("--sources", help="Only rows of lists without a report, only reports, or both in one."),
    ] = None,
) -> None:
    """Show every call the phones ever showed or reported."""
    from phonesync.cli import entry_rows, span
    from phonesync.store.records import EntryFilter

    config = load_config(ctx)
    start, end = span.span(since, until, config=config, phone=phone)
    with opened_store(config) as store:
        wanted = EntryFilter(
            phone=phone,
            list_name=None if list_name is None else list_name.value,
            since=start,
            until=end,
            sources=None if sources is None else _STORED[sources],
        )
        rows = store.entries(wanted) if is_stored(config, store, phone) else iter(())
        entry_rows.write(config, store, rows, number=number, output=output)


def coverage(
    ctx: typer.Context,
    *,
    output: Annotated[TableOrJsonl, typer.Option("--format", help="How to write it.")] = TableOrJsonl.TABLE,
    phone: Phone = None,
    list_name: List = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show when each list is proven complete."""
    from phonesync.cli import coverage_rows, span

    config = load_config(ctx)
    start, end = span.span(since, until, config=config, phone=phone)
    with opened_store(config) as store:
        name = None if list_name is None else list_name.value
        stored = is_stored(config, store, phone)
        rows = store.coverage(phone, name, start, end) if stored else iter(())
        coverage_rows.write(config, rows, output=output)
