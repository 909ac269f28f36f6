# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync store``: what the store holds, its schema, and moving it to another database."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import load_config, opened_store, passwords_source
from phonesync.cli.output import write_table
from phonesync.clock import iso
from phonesync.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from phonesync.store.records import CopyProgress, StoreInfo

app = typer.Typer(help="Show, migrate or copy the store.", no_args_is_help=False, rich_markup_mode=None)

PasswordEnv = Annotated[
    str | None,
    typer.Option("--password-env", metavar="NAME", help="The environment variable with its password."),
]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="PATH", help="The file with its password.")
]


@app.command("info")
def info(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show where the store is, what kind it is, and what it holds."""
    config = load_config(ctx)
    with opened_store(config, create=False) as store:
        found = store.info()
    row = _info_row(found)
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    shown = ((name, "" if value is None else str(value)) for name, value in row.items())
    write_table(("what", "value"), shown, empty="")


@app.command("migrate")
def migrate(ctx: typer.Context) -> None:
    """Bring the store to the schema of this version; a missing one is created."""
    from phonesync.config import resolve_store_password
    from phonesync.store.migrating import migrate_store

    config = load_config(ctx)
    done = migrate_store(config.store.url, base=config.base, password=resolve_store_password(config))
    if done.before == done.after:
        typer.echo(f"{done.place} is at schema {done.after} already.")
    elif done.before is None:
        typer.echo(f"{done.place} was empty; it is at schema {done.after} now.")
    else:
        typer.echo(f"{done.place} was at schema {done.before}; it is at {done.after} now.")


@app.command("copy")
def copy(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="URL", help="The empty store to copy to, as [store] url would name it.")
    ],
    *,
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
) -> None:
    """Copy the whole store into another, empty one, and compare the two."""
    from phonesync.clock import SystemClock
    from phonesync.store.repository import open_store

    config = load_config(ctx)
    checked, password = named_store(target, password_env=password_env, password_file=password_file)
    with (
        opened_store(config, create=False) as source,
        source.agent_lock(),
        open_store(checked, clock=SystemClock(), base=config.base, password=password) as into,
    ):
        with _shown() as observe:
            report = source.copy_to(into, observe=observe)
        places = source.place, into.place
    rows = ((name, str(rows), report.digests[name]) for name, rows in report.rows.items())
    write_table(("table", "rows", "digest of both"), rows, empty="")
    total = sum(report.rows.values())
    typer.echo(
        f"Copied {total} rows from {places[0]} to {places[1]} in {report.took_s:.1f} s; "
        "every table is equal in both."
    )
    typer.echo(f'To use the copy, write under [store]: url = "{checked}"')


def named_store(url: str, *, password_env: str | None, password_file: Path | None) -> tuple[str, str]:
    """A store named on the command line: its checked URL and its password.

    Raises:
        ConfigError: The URL names no store, or the password cannot be had.
    """
    from phonesync.config import read_password
    from phonesync.config.checks import store_url

    try:
        checked = store_url(url)
    except ValueError as error:
        raise ConfigError([Problem(where="command line", key="URL", message=str(error))]) from error
    source = passwords_source(env=password_env, file=password_file)
    if source is None:
        return checked, ""
    try:
        return checked, read_password(source, base=Path.cwd(), env=os.environ)
    except ValueError as error:
        option = "--password-file" if password_env is None else "--password-env"
        raise ConfigError([Problem(where="command line", key=option, message=str(error))]) from error


def _info_row(found: "StoreInfo") -> dict[str, object]:
    row: dict[str, object] = asdict(found)
    row["first_entry"], row["last_read"] = iso(found.first_entry), iso(found.last_read)
    return row


@contextmanager
def _shown() -> "Iterator[Callable[[CopyProgress], None]]":
    """A progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("copying")

        def observe(done: "CopyProgress") -> None:
            progress.update(
                task, completed=done.rows, total=done.of, description=f"{done.doing} {done.rows} of {done.of}"
            )

        yield observe
