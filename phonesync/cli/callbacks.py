# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync callbacks``: callers who were missed, and who reached them when."""

from typing import Annotated

import typer

from phonesync.cli.context import load_config
from phonesync.cli.ledger import Since, Until
from phonesync.cli.output import Format


def callbacks(
    ctx: typer.Context,
    *,
    output: Annotated[Format, typer.Option("--format", help="How to write them.")] = Format.TABLE,
    only_open: Annotated[
        bool, typer.Option("--open/--all", help="Only those still open, or closed ones too.")
    ] = True,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME", help="Only those of this person, extension or group."),
    ] = None,
    department: Annotated[
        str | None, typer.Option("--department", metavar="NAME", help="Only those of this department.")
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show callers who were missed and are to be called back."""
    from phonesync.cli import callback_rows, known_words, span
    from phonesync.cli.calls import joined_store
    from phonesync.clock import SystemClock
    from phonesync.store.callback_records import CallbackFilter

    config, now = load_config(ctx), SystemClock().now()
    known_words.say_unknown_owner(config, owner)
    known_words.say_unknown_department(config, department)
    start, end = span.span(since, until, config=config, phone=None)
    with joined_store(config) as store:
        wanted = CallbackFilter(
            opened_before=now - config.callbacks.window,
            only_open=only_open,
            owner=owner,
            department=department,
            since=start,
            until=end,
        )
        callback_rows.write(config, store, store.callbacks(wanted), output=output, now=now)
