# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync init``: the first configuration and its key."""

import os
from pathlib import Path

import typer

from phonesync.cli.context import options
from phonesync.errors import ConfigError


def init(ctx: typer.Context) -> None:
    """Write a commented config.toml and a key file."""
    import tomllib

    from phonesync import config
    from phonesync.secrets.keyring import KEY_MODE, Key, ring_text

    file = config.locate(options(ctx).config, os.environ)
    text = config.template()
    key_file = file.parent / tomllib.loads(text)["secrets"]["key_file"]
    for path in (file, key_file):
        if path.exists():
            raise ConfigError(
                f"{path} exists already; nothing was written.",
                hint="Move it away first, or give another place: `phonesync --config PATH init`.",
            )
    _write_new(key_file, ring_text([Key.new()]), mode=KEY_MODE)
    _write_new(file, text.encode(), mode=0o644)
    typer.echo(f"Wrote {file} and {key_file}.")
    typer.echo("List your phones in the first, keep the second to yourself, then run `phonesync check`.")


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Writes a file that must not exist yet.

    Raises:
        ConfigError: It exists, or cannot be written.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
