# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync store backup``: a copy of the store while the agent runs."""

from pathlib import Path
from typing import Annotated

import typer

from phonesync.cli.context import load_config
from phonesync.errors import ConfigError


def backup(
    ctx: typer.Context, path: Annotated[Path, typer.Argument(metavar="PATH", help="The copy to write.")]
) -> None:
    """Copy the SQLite store while the agent runs."""
    from phonesync.store.backup import back_up
    from phonesync.store.places import place_of
    from phonesync.store.sqlite import SqlitePlace

    config = load_config(ctx)
    place = place_of(config.store.url, base=config.base)
    if not isinstance(place, SqlitePlace):
        raise ConfigError(
            "The store is a PostgreSQL database, which has a tool of its own for copies.", hint="Use pg_dump."
        )
    size = back_up(place.path, path)
    typer.echo(f"Wrote {path} ({size / 1_000_000:.1f} MB).")
