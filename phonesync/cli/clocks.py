# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync clocks``: how far phones' clocks are off, and what the times of their rows mean."""

from typing import Annotated

import typer

from phonesync.cli.context import is_stored, load_config, opened_store
from phonesync.cli.output import TableOrJsonl


def clocks(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this phone.")] = None,
    *,
    output: Annotated[TableOrJsonl, typer.Option("--format", help="How to write it.")] = TableOrJsonl.TABLE,
) -> None:
    """Show how far each phone's clock is off, and what its times mean."""
    from phonesync.cli import clock_rows

    config = load_config(ctx)
    with opened_store(config) as store:
        found = store.clocks(name) if is_stored(config, store, name) else []
        clock_rows.write(config, found, store.time_meanings(), output=output)
