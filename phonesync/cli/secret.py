# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync secret``: passwords and the like, kept encrypted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.context import load_config, opened_store
from phonesync.cli.output import TableOrJsonl
from phonesync.errors import ConfigError

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.secrets.sealed import Sealed
    from phonesync.store.repository import Store

FIELDS = ("name", "changed_at", "key", "used_by")
"""Fields of ``phonesync secret list --format jsonl``, in their order."""

app = typer.Typer(help="Keep passwords encrypted.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret.")]


@app.command("set", context_settings={"allow_extra_args": True})
def set_(ctx: typer.Context, name: Name) -> None:
    """Keep a secret; its value is asked for, or read from stdin."""
    from phonesync.clock import SystemClock
    from phonesync.secrets import keeping

    config = load_config(ctx)
    keeping.check_name(name)
    if ctx.args:
        raise ConfigError(
            "A secret is never taken from the command line, where other users can see it.",
            hint=f"Run `phonesync secret set {name}` and type it, or pipe it in. If what stood there is in "
            "use, change it: the shell may have written it down.",
        )
    value = _value(name)
    new_key = keeping.set_secret(config.key_file, config.secrets_file, name, value, now=SystemClock().now())
    if new_key:
        typer.echo(f"Wrote the key file {config.key_file}; keep a copy of it in a safe place.")
    typer.echo(f'Kept {name}. In {config.path.name}: password = {{ secret = "{name}" }}')


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    format_: Annotated[TableOrJsonl, typer.Option("--format", help="table or jsonl.")] = TableOrJsonl.TABLE,
) -> None:
    """Show the names of all secrets, never their values."""
    from phonesync.cli import output
    from phonesync.secrets.sealed import read_sealed

    config = load_config(ctx)
    found = sorted(read_sealed(config.secrets_file).values(), key=lambda one: one.name)
    if format_ is TableOrJsonl.JSONL:
        output.write_jsonl(dict(zip(FIELDS, _row(config, one), strict=True)) for one in found)
        return
    output.write_table(
        ("secret", "changed (UTC)", "key", "used by"),
        (
            [one.name, f"{one.changed_at:%Y-%m-%d %H:%M:%S}", one.key_id, ", ".join(_users(config, one.name))]
            for one in found
        ),
        empty="No secret is kept yet; `phonesync secret set NAME` keeps one.",
    )


@app.command("rotate")
def rotate(ctx: typer.Context) -> None:
    """Make a new key, lock every secret with it, and drop the old key."""
    from phonesync.clock import SystemClock
    from phonesync.secrets import keeping
    from phonesync.web.access.second_factor import seal_again

    config = load_config(ctx)
    now = SystemClock().now()
    with _store_if_any(config) as store:
        done = keeping.rotate(
            config.key_file,
            config.secrets_file,
            lock_more=None
            if store is None
            else lambda old, new: seal_again(store, old=old, new=new, now=now),
        )
    secrets = "1 secret" if done.secrets == 1 else f"{done.secrets} secrets"
    typer.echo(f"Locked {secrets} with the new key {done.key_id}.")
    typer.echo(f"Dropped {', '.join(done.dropped)} from {config.key_file}; keep a copy of the new one.")
    typer.echo("A service that was given a copy of the key file must be restarted.")


@app.command("rm")
def remove(ctx: typer.Context, name: Name) -> None:
    """Forget a secret."""
    from phonesync.secrets import keeping

    config = load_config(ctx)
    keeping.remove_secret(config.secrets_file, name)
    users = _users(config, name)
    still = f" {config.path.name} still names it: {', '.join(users)}." if users else ""
    typer.echo(f"Forgot {name}.{still}")


@contextmanager
def _store_if_any(config: "Config") -> "Iterator[Store | None]":
    """The store, whose second factors are locked with the keys too; None where there is none yet."""
    from phonesync.config import resolve_store_password
    from phonesync.store.places import place_of

    password = resolve_store_password(config)
    if place_of(config.store.url, base=config.base, password=password).is_missing():
        yield None
        return
    with opened_store(config, create=False) as store:
        yield store


def _value(name: str) -> str:
    """What a person typed twice without showing it, else the one line on stdin.

    Raises:
        ConfigError: The two differ, or stdin is not text.
    """
    from getpass import getpass

    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.read().decode("utf-8").removesuffix("\n")
        except UnicodeDecodeError as error:
            raise ConfigError("What came on stdin is not UTF-8 text.", hint="Nothing was changed.") from error
    value = getpass(f"{name}: ")
    if getpass(f"{name}, once more: ") != value:
        raise ConfigError("The two are not the same.", hint="Nothing was changed.")
    return value


def _row(config: "Config", one: "Sealed") -> tuple[object, ...]:
    """The values of :data:`FIELDS`."""
    from phonesync.clock import iso

    return one.name, iso(one.changed_at), one.key_id, _users(config, one.name)


def _users(config: "Config", name: str) -> list[str]:
    """What the configuration uses a secret for."""
    from phonesync.config import PasswordKind

    oidc = config.access.oidc
    places = [("store", config.store.password), ("oidc", None if oidc is None else oidc.client_secret)]
    places += [(f"phone {phone.name}", phone.password) for phone in config.phones]
    places += [(f"contacts {source.name}", source.password) for source in config.contact_sources]
    return [
        place
        for place, source in places
        if source is not None and source.kind is PasswordKind.SECRET and source.name == name
    ]
