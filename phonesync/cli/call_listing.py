# ruff: noqa: PLC0415  what workbooks need takes long to import, and is not needed otherwise
"""Which calls are listed, and with which names."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from phonesync.cli import call_rows
from phonesync.cli.call_search import number_search, of_name
from phonesync.cli.context import is_stored
from phonesync.cli.output import CallFormat, Format, Language
from phonesync.config import Config
from phonesync.errors import ConfigError
from phonesync.journal.named_calls import Named, Parties
from phonesync.journal.shown_names import Names, Plans
from phonesync.store.call_records import CallFilter
from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where calls go, and how.

    Attributes:
        form: How.
        file: The workbook; None for stdout.
        language: Of its words.
    """

    form: CallFormat
    file: Path | None = None
    language: Language = Language.ENGLISH


def destination(form: CallFormat, file: Path | None, language: Language | None) -> Destination:
    """Where calls go.

    Raises:
        ConfigError: A workbook without a file, or a file for what goes to stdout.
    """
    if form is not CallFormat.XLSX and (file is not None or language is not None):
        raise ConfigError(
            f"--output and --language are for workbooks; {form.value} goes to stdout in plain words.",
            hint="Write --format xlsx, or leave them out.",
        )
    if form is CallFormat.XLSX and file is None:
        raise ConfigError("A workbook is written into a file.", hint="Name it: --output calls.xlsx")
    return Destination(form=form, file=file, language=language or Language.ENGLISH)


def write(
    config: Config,
    store: Store,
    wanted: CallFilter,
    *,
    number: str | None,
    name: str | None,
    to: Destination,
) -> None:
    """Writes calls to stdout, or into a workbook.

    Args:
        config: The configuration.
        store: The store, up to date.
        wanted: Which calls, but for number and name.
        number: Only calls from or to it, in any spelling; None for all.
        name: Only calls with this text in a name; None for all.
        to: Where they go.

    Raises:
        ConfigError: Nobody knows the phone, or the file cannot be written.
    """
    calls = found(config, store, wanted, number=number, name=name)
    if to.file is None:
        call_rows.write(calls, Plans(config), output=Format(to.form.value))
        return
    from phonesync.cli import call_workbook

    searched = [text for text in (number, name) if text is not None]
    rows = call_workbook.write(
        config, store, calls, to.file, wanted=wanted, searched=searched, language=to.language
    )
    typer.echo(f"Wrote {rows} {'call' if rows == 1 else 'calls'} to {to.file}.")


def found(
    config: Config, store: Store, wanted: CallFilter, *, number: str | None, name: str | None
) -> Iterator[Named]:
    """The calls that are wanted, with the names of their parties, by start.

    Args:
        config: The configuration.
        store: The store, up to date.
        wanted: Which calls, but for number and name.
        number: Only calls from or to it, in any spelling; None for all.
        name: Only calls with this text in a name; None for all.

    Raises:
        ConfigError: Nobody knows the phone.
    """
    search = None if number is None else number_search(config, number)
    exact = None if search is None else search.exact
    stored = is_stored(config, store, wanted.phone)
    calls = store.calls(replace(wanted, number=exact)) if stored else iter(())
    if search is not None:
        calls = filter(search.matches, calls)
    named = map(Parties(Names(config, store)).named, calls)
    return named if name is None else of_name(named, name)
