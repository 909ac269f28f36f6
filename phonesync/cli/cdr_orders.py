"""What a person orders about records of a switch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from phonesync.cdr import clocking, taking
from phonesync.cdr.taking import Imported
from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.config import CdrConfig, Config
from phonesync.errors import ConfigError, SourceError
from phonesync.logs import visible
from phonesync.store.repository import Store

IMPORT_FIELDS = ("source", "file", "new", "known", "bad", "unfinished", "error")
"""The fields of what came of a file, in the order in which they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to import.

    Attributes:
        record: How it is to be read.
        path: Where it is.
        follow: It is the record's own file.
    """

    record: CdrConfig
    path: Path
    follow: bool


def wanted(config: Config, words: Sequence[str], *, kind: str | None, utc: bool) -> list[Wanted]:
    """What is to be imported.

    Args:
        config: The configuration.
        words: A record and files, or with ``kind`` only files.
        kind: What the files are.
        utc: Their times are UTC.

    Raises:
        ConfigError: It cannot be told what is meant.
    """
    if kind is not None:
        if not words:
            raise ConfigError(
                "--kind needs the files that it speaks of.", hint="phonesync cdr import --kind asterisk FILE"
            )
        if len(config.sites) > 1:
            raise ConfigError(
                "With several sites it is not known by whose dial plan and in whose zone files are written.",
                hint=f"Write a [[cdr]] with its site into {config.path.name}.",
            )
        made = CdrConfig(name=kind, kind=kind, path=words[0], utc=utc, site=config.sites[0].name)
        return [Wanted(record=made, path=Path(word), follow=False) for word in words]
    if utc:
        raise ConfigError("--utc belongs to --kind.", hint="A configured record says utc = true.")
    if not words:
        if not config.cdr:
            raise ConfigError(
                f"{config.path.name} lists no [[cdr]], so there is nothing to import.",
                hint="Write one, or name files: phonesync cdr import --kind asterisk FILE",
            )
        return [_own(config, record) for record in config.cdr]
    record = config.cdr_of(words[0])
    if len(words) == 1:
        return [_own(config, record)]
    return [Wanted(record=record, path=Path(word), follow=False) for word in words[1:]]


def import_all(config: Config, store: Store, files: Sequence[Wanted], *, output: TableOrJsonl) -> int:
    """Imports files, one after the other; one that cannot be read does not keep the others from it.

    Returns:
        The exit code.
    """
    worst, rows = 0, []
    remarks: list[str] = []
    for file in files:
        try:
            done = taking.import_file(config, store, file.record, file.path, follow=file.follow)
            error = None
        except SourceError as failed:
            done, error = Imported(source=file.record.name, file=file.path.name), failed
            worst = max(worst, failed.exit_code)
        remarks += _remarks(done, error)
        rows.append(_as_data(done, error))
    for source in sorted({file.record.name for file in files}):
        clocking.learn(store, source)
    if output is TableOrJsonl.JSONL:
        write_jsonl(rows)
    else:
        columns = ("record", "file", "new", "known", "bad")
        shown = ([str(row[field]) for field in IMPORT_FIELDS[:5]] for row in rows)
        write_table(columns, shown, empty="Nothing was imported.")
    for remark in remarks:
        typer.echo(visible(remark), err=output is TableOrJsonl.JSONL)
    return worst


def _own(config: Config, record: CdrConfig) -> Wanted:
    return Wanted(record=record, path=taking.place_of(config, record), follow=True)


def _remarks(done: Imported, error: SourceError | None) -> Iterator[str]:
    """What a person should know."""
    for remark in done.remarks:
        yield f"{remark}; it was left out"
    if done.bad > len(done.remarks):
        yield f"{done.file}: {done.bad - len(done.remarks)} more lines were left out"
    if done.unfinished is not None:
        yield f"{done.unfinished}: has no line end yet; it is left for the next import"
    if error is not None:
        yield f"{done.source}: {error}"


def _as_data(done: Imported, error: SourceError | None) -> Mapping[str, object]:
    return {
        "source": done.source,
        "file": done.file,
        "new": done.new,
        "known": done.known,
        "bad": done.bad,
        "unfinished": None if done.unfinished is None else done.unfinished.line,
        "error": None if error is None else error.message,
    }
