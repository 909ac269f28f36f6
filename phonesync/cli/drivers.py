# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""``phonesync drivers``: what can be read, and how well that is known."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from phonesync.driver.contract import Capability, Driver, Variant

LEGEND = (
    "Evidence: certain = vendor text or two independent sources; likely = one credible source; "
    "guess = an inference. A recorded answer of a real phone is named where there is one.\n"
)
"""What the words of evidence mean (the tags of the vendor sheets)."""

_MINUTE = 60


def drivers() -> None:
    """Show which phones can be read, with evidence."""
    from phonesync import registry
    from phonesync.logs import visible

    installed = registry.drivers()
    typer.echo(LEGEND)
    if not installed:
        typer.echo("No driver is installed.", err=True)
    for driver in installed.values():
        for line in _described(driver):
            typer.echo(visible(line))


def _described(driver: "Driver") -> Iterator[str]:
    yield f'{driver.name}: phones of the vendor "{driver.vendor}"'
    for variant in driver.variants.values():
        yield ""
        yield from _variant(variant)
    if driver.quirks:
        yield ""
        yield "  quirks (overrides of what the vendor's papers leave open):"
    for quirk in driver.quirks:
        yield f"    {quirk.name} = {' | '.join(quirk.values)}"
        yield f"        {quirk.note}"
    yield ""


def _variant(variant: "Variant") -> Iterator[str]:
    yield f"  {variant.name}: {variant.title}"
    yield f"    models    {', '.join(variant.models) or 'not known'}"
    yield f"    firmware  {variant.firmware or 'not known'}"
    yield f"    lists     {_lists(variant)}"
    width = max((len(item.what) for item in variant.capabilities), default=0)
    for item in variant.capabilities:
        yield f"    {item.what:<{width}}  {_answer(item)}"


def _lists(variant: "Variant") -> str:
    if not variant.readable:
        return f"not readable: {variant.refusal}"
    names = ", ".join(dict.fromkeys(name.value for name in variant.lists.values()))
    year = "with the year" if variant.shows_year else "without a year"
    unit = "to the minute" if variant.resolution_s >= _MINUTE else "to the second"
    return f"{names}; times {unit}, {year}"


def _answer(item: "Capability") -> str:
    answer = f"{'yes' if item.supported else 'no ':<3}  {item.evidence.value}"
    return f"{answer}  {item.note}".rstrip()
