# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync capture``: a phone recorded as a fixture that anybody may see."""

from pathlib import Path
from typing import Annotated

import typer

from phonesync.cli.context import known_name, load_config
from phonesync.errors import ConfigError, NotIdentified, UnexpectedResponse, Unsupported

_NOT_SHOWN = {
    Unsupported.__name__: "its lists were not read",
    UnexpectedResponse.__name__: "its lists were not understood",
    NotIdentified.__name__: "its lists were not asked for",
}


def capture(
    ctx: typer.Context,
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="A configured phone.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to put the fixture; ./captures by default.")
    ] = Path("captures"),
) -> None:
    """Record a phone's answers as a driver's test, with everything personal replaced.

    Signs in once and reads, as `check` does; asks for nothing else.
    """
    from random import SystemRandom

    from phonesync.agent import commands
    from phonesync.config import resolve_passwords
    from phonesync.logs import visible
    from phonesync.testing.capture.making import make

    config = load_config(ctx)
    known_name(phone, config.phones_by_name)
    resolve_passwords(config, [phone])
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is no folder.", hint="Give another place with --out.")
    recording = commands.capture(config, phone)
    made = make(recording, out, rng=SystemRandom())
    case = made.case
    shows = _NOT_SHOWN.get(case.error, f"{case.rows} rows")
    typer.echo(visible(f"Wrote {made.folder}: {len(case.turns)} answers, {shows}."))
    typer.echo(
        f"{made.replaced} originals replaced; none of them found in {made.searched} files, however written."
    )
    if case.error == Unsupported.__name__ and recording.phone is not None:
        typer.echo(visible(recording.phone.variant.refusal))
    if case.signed_in is not None:
        typer.echo(
            "The sign-in rests on a secret of the phone: it is not replayed, the session is given instead."
        )
    if not case.turns or case.error == "NotIdentified":
        typer.echo(
            "No driver recognises this phone: the answers to identification were recorded, nothing else."
        )
    typer.echo(visible(f"Look through it before you share it, then: phonesync fixtures test {out}"))
