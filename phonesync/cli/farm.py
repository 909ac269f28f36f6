# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync farm`` and ``phonesync demo``: emulated phones, and the agent put to the test on them."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.cli.store import PasswordEnv, PasswordFile, named_store
from phonesync.errors import ConfigError

if TYPE_CHECKING:
    from phonesync.farm.verifying import StoreAt

app = typer.Typer(
    help="Run emulated phones, or verify the agent on them.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

BUG = 70

Phones = Annotated[int, typer.Option("--phones", min=1, help="How many phones.")]
Mix = Annotated[
    str | None,
    typer.Option("--mix", metavar="KIND=N,…", help="Kinds of phones and their shares; all kinds by default."),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed makes the same office.")]
Chaos = Annotated[int, typer.Option("--chaos", min=0, max=3, help="How badly the phones behave.")]
Days = Annotated[int, typer.Option("--days", min=1, max=400, help="Days to simulate.")]
Poll = Annotated[
    str, typer.Option("--poll", metavar="TIME", help='The longest time between two reads: "10m", "2h".')
]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="An empty store to use; a temporary file by default."),
]
Names = Annotated[bool, typer.Option("--names", help="Phones fetch phonebooks, and people type contacts.")]
Events = Annotated[
    float, typer.Option("--events", min=0, max=1, help="Share of the phones that report their calls.")
]
Lost = Annotated[
    float, typer.Option("--lost", min=0, max=1, help="Share of what phones send that never arrives.")
]
Doubled = Annotated[
    float, typer.Option("--doubled", min=0, max=1, help="Share of the reports that arrive twice.")
]
Outages = Annotated[
    int, typer.Option("--outages", min=0, max=20, help="How often nobody hears the phones, for three hours.")
]

JoinCalls = Annotated[
    bool,
    typer.Option(
        "--calls",
        help="An office with hunt lists, transfers, forwards and wrong clocks; score how calls are joined.",
    ),
]
Untold = Annotated[
    bool, typer.Option("--learn-groups", help="The configuration does not tell the groups (with --calls).")
]
Keep = Annotated[
    Path | None,
    typer.Option(
        "--keep", metavar="FOLDER", help="Keep configuration, store and truth in a new folder (with --calls)."
    ),
]
Kept = Annotated[
    Path | None,
    typer.Argument(metavar="FOLDER", help="As farm verify --calls --keep wrote it; none: a perfect reader."),
]


@app.callback()
def farm(
    ctx: typer.Context,
    *,
    phones: Phones = 40,
    mix: Mix = None,
    seed: Seed = 1,
    chaos: Chaos = 0,
    config_out: Annotated[
        Path | None,
        typer.Option("--config-out", metavar="PATH", help="Write a configuration for these phones."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FOLDER",
            help="Phones follow the files of this folder: phonesync phones setup NAME > FOLDER/NAME.",
        ),
    ] = None,
) -> None:
    """Run emulated phones on loopback addresses until interrupted."""
    if ctx.invoked_subcommand is not None:
        return
    from phonesync.farm import commands

    commands.serve(
        phones=phones, mix=_mix(mix), seed=seed, chaos=chaos, config_out=config_out, settings=settings
    )


@app.command("verify")
def verify(
    *,
    days: Days = 30,
    phones: Phones = 40,
    mix: Mix = None,
    seed: Seed = 1,
    chaos: Chaos = 2,
    poll: Poll = "10m",
    store: StoreUrl = None,
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
    names: Names = False,
    events: Events = 0.0,
    lost: Lost = 0.0,
    doubled: Doubled = 0.0,
    outages: Outages = 0,
    calls: JoinCalls = False,
    learn_groups: Untold = False,
    keep: Keep = None,
) -> None:
    """Step an office and the agent through days without sleeping, and score what was kept."""
    from phonesync.farm import commands
    from phonesync.farm.outside import Wishes

    _check_kept(keep, calls=calls, store=store)
    passed = commands.verify(
        days=days,
        phones=phones,
        mix=_calls_mix() if calls and mix is None else _mix(mix),
        seed=seed,
        chaos=chaos,
        poll=_duration(poll),
        store=_place(store, password_env, password_file),
        wishes=Wishes(reporting=events, books=names, lost=lost, doubled=doubled, outages=outages),
        calls=calls,
        tells_groups=not learn_groups,
        keep=keep,
    )
    if not passed:
        raise typer.Exit(BUG)


@app.command("oracle")
def oracle(
    folder: Kept = None,
    *,
    days: Days = 30,
    phones: Phones = 40,
    mix: Mix = None,
    seed: Seed = 1,
    events: Events = 0.5,
    learn_groups: Untold = False,
) -> None:
    """Score the calls of a kept run again, or those of a perfect reader, beside an oracle."""
    from phonesync.farm import commands

    if folder is not None:
        passed = commands.oracle(folder)
    else:
        passed = commands.trial(
            days=days,
            phones=phones,
            mix=_calls_mix() if mix is None else _mix(mix),
            seed=seed,
            events=events,
            tells_groups=not learn_groups,
        )
    if not passed:
        raise typer.Exit(BUG)


def _place(store: str | None, password_env: str | None, password_file: Path | None) -> "StoreAt | None":
    """The empty store that was named, or None."""
    from phonesync.farm.verifying import StoreAt

    if store is None:
        return None
    return StoreAt(*named_store(store, password_env=password_env, password_file=password_file))


def _check_kept(keep: Path | None, *, calls: bool, store: str | None) -> None:
    """Raises a ConfigError where ``--keep`` has nothing to keep, or has it elsewhere."""
    if keep is not None and not calls:
        raise ConfigError("--keep keeps what joined calls are scored against.", hint="Add --calls.")
    if keep is not None and store is not None:
        raise ConfigError("--keep keeps the store in its folder.", hint="Leave out --store or --keep.")


def _calls_mix() -> Mapping[str, int]:
    from phonesync.farm.spec import CALLS_MIX

    return CALLS_MIX


def demo(
    *,
    phones: Phones = 40,
    seed: Seed = 1,
) -> None:
    """Show all of it live, without a phone."""
    from phonesync.farm import demo as show
    from phonesync.web import running
    from phonesync.web.access.guests import invite

    front = show.Front(
        beside=running.beside,
        invite=lambda store, config: invite(store, config, clock=store.clock),
    )
    show.run(phones=phones, seed=seed, front=front)


def _mix(text: str | None) -> Mapping[str, int]:
    """Kind of phone to its share; every installed kind once where nothing is named.

    Raises:
        ConfigError: A kind is unknown or named twice, or a share is no whole number above 0.
    """
    from phonesync import registry
    from phonesync.farm.spec import parse_mix

    kinds = registry.emulators()
    return dict.fromkeys(kinds, 1) if text is None else parse_mix(text, kinds)


def _duration(text: str) -> timedelta:
    """The longest time between two reads.

    Raises:
        ConfigError: It is no duration.
    """
    from phonesync.config.checks import duration

    try:
        return duration(text)
    except ValueError as error:
        raise ConfigError(f"--poll {error}") from error
