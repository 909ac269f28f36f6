# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync fixtures``: recorded exchanges put to their driver."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phonesync.errors import ConfigError, DriverError
from phonesync.model import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from phonesync.driver.contract import Driver
    from phonesync.testing.fixtures import Case

FAILED = 70
"""Exit code where a driver breaks a promise: a mistake of a program, as everywhere else."""

app = typer.Typer(help="Test drivers on fixtures.", rich_markup_mode=None)


@app.callback()
def fixtures() -> None:
    """Test drivers on fixtures: recorded exchanges, captured or written by hand."""


@app.command("test")
def run_checks(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Holds <model>_<firmware>/<case>/, or is one of the two.")
    ],
    *,
    driver: Annotated[
        str | None, typer.Option("--driver", metavar="NAME", help="Only this driver; found by variant else.")
    ] = None,
) -> None:
    """Run the conformance checks on the fixtures in DIR."""
    from phonesync import registry
    from phonesync.logs import visible
    from phonesync.testing.conformance import checked, subject_of
    from phonesync.testing.fixtures import cases_in

    drivers = registry.drivers()
    if driver is not None and driver not in drivers:
        raise DriverError(f'No driver is called "{driver}".', hint="`phonesync drivers` lists them.")
    wanted = {name: one for name, one in drivers.items() if driver in (None, name)}
    failed = done = 0
    for one, own in _by_driver(_meant(cases_in(folder), drivers, driver), wanted):
        typer.echo(visible(f"{one.name}: {len(own)} fixture(s)"))
        for outcome in checked(subject_of(one, own, complete=_shows_all(one, own))):
            done += 1
            failed += outcome.message is not None
            where = f"  {outcome.case}" if outcome.case else ""
            typer.echo(
                visible(f"  {'ok' if outcome.message is None else 'FAILED':<6}  {outcome.check}{where}")
            )
            if outcome.message is not None:
                typer.echo(visible(f"          {outcome.message}"))
    typer.echo(f"{done} checks, {failed} failed.")
    if failed:
        raise typer.Exit(FAILED)


def _meant(cases: "Sequence[Case]", drivers: "Mapping[str, Driver]", chosen: str | None) -> "Sequence[Case]":
    """The fixtures without those that belong to other drivers than the chosen one.

    Raises:
        ConfigError: None is left.
    """
    if chosen is None:
        return cases
    others = {name for other, one in drivers.items() if other != chosen for name in one.variants}
    foreign = others - set(drivers[chosen].variants)
    own = [case for case in cases if case.variant not in foreign]
    if not own:
        raise ConfigError(f"No fixture there belongs to the driver {chosen}.", hint="Leave --driver out.")
    return own


def _by_driver(
    cases: "Sequence[Case]", drivers: "Mapping[str, Driver]"
) -> "list[tuple[Driver, tuple[Case, ...]]]":
    """Each driver with the fixtures whose variant it has.

    Raises:
        ConfigError: A fixture's variant belongs to no driver, or to several.
    """
    found: dict[str, list[Case]] = {}
    for case in cases:
        names = [name for name, one in drivers.items() if case.variant in one.variants]
        if len(names) != 1:
            belongs = f"to several drivers ({', '.join(names)})" if names else "to no installed driver"
            raise ConfigError(
                f"The variant {case.variant!r} of the fixture {case.name} belongs {belongs}.",
                hint="`phonesync drivers` lists the variants; --driver chooses; a phone that nobody has "
                "described needs a driver first (docs/how-to/write-a-driver.md).",
            )
        found.setdefault(names[0], []).append(case)
    return [(drivers[name], tuple(own)) for name, own in found.items()]


def _shows_all(driver: "Driver", cases: "Sequence[Case]") -> bool:
    """Whether the fixtures are all of the driver's: every variant is among them, and not as captures alone.

    A capture shows what a phone was asked on a good day, and nothing of what its driver asks on a bad one.
    """
    shown = {case.variant for case in cases}
    return shown == set(driver.variants) and any(case.provenance is not Provenance.CAPTURED for case in cases)
