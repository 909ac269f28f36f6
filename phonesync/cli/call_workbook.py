"""Calls on their way into a workbook: the columns of the journal's export, without a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from xlsxwriter.exceptions import XlsxWriterException

from phonesync.cli.output import Language
from phonesync.errors import ConfigError
from phonesync.journal.export_table import About, Exported, direction_words, outcome_words
from phonesync.journal.export_xlsx import write_xlsx
from phonesync.journal.named_calls import Named
from phonesync.store.access.records import Act
from phonesync.web.call_rows import tag_name
from phonesync.web.languages import translations
from phonesync.web.words import FIELDS

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.call_records import CallFilter
    from phonesync.store.repository import Store

_AT_ONCE = 500
"""Calls whose tags and comments are looked up together."""


def write(
    config: Config,
    store: Store,
    calls: Iterable[Named],
    path: Path,
    *,
    wanted: CallFilter,
    searched: Iterable[str],
    language: Language,
) -> int:
    """Writes calls into a workbook, in place of what the file held before, and notes it in the audit log.

    Args:
        config: The configuration; times are those of its first site.
        store: The store.
        calls: In order.
        path: The file.
        wanted: Which calls these are.
        searched: Numbers and names that were looked for besides.
        language: Of headings and words.

    Returns:
        How many calls there are.

    Raises:
        ConfigError: The file cannot be written; what was there before stays.
    """
    zone = ZoneInfo(config.sites[0].timezone if config.sites else "UTC")
    about = About(
        at=store.clock.now(),
        by="phonesync calls",
        zone=zone,
        language=language.value,
        gettext=translations(language.value).gettext,
        wanted=tuple(_in_words(wanted, searched, language, zone)),
    )
    try:
        with TemporaryDirectory(prefix=".phonesync-", dir=path.parent) as working:
            made = Path(working) / "calls.xlsx"
            tally = write_xlsx(made, _with_marks(store, calls, language), about)
            made.replace(path)
    except (OSError, XlsxWriterException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(
            f"The file {path} cannot be written: {why}.", hint="Name another one with --output."
        ) from error
    detail = {"format": "xlsx", "rows": tally.rows}
    store.note_act(Act(user=None, peer="", action="call.export", detail=detail))
    return tally.rows


def _with_marks(store: Store, calls: Iterable[Named], language: Language) -> Iterator[Exported]:
    left, translate = iter(calls), translations(language.value).gettext
    while some := list(islice(left, _AT_ONCE)):
        said = store.said_of([one.call.id for one in some])
        for one in some:
            tags, comments = said[one.call.id]
            names = tuple(tag_name(tag, translate) for tag in tags)
            yield Exported(named=one, tags=names, comments=comments)


def _in_words(
    wanted: CallFilter, searched: Iterable[str], language: Language, zone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    """The filter, as the sheet *About* shows it."""
    translate = translations(language.value).gettext

    def moment(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(zone).isoformat(" ", "minutes")

    values = {
        "since": moment(wanted.since),
        "until": moment(wanted.until),
        "directions": wanted.direction and direction_words(translate)[wanted.direction],
        "outcomes": wanted.disposition and outcome_words(translate)[wanted.disposition],
        "parties": wanted.extension,
        "departments": wanted.department,
        "phones": wanted.phone,
        "talk_from": None if wanted.min_talk is None else str(wanted.min_talk),
    }
    yield from ((translate(FIELDS[name]), value) for name, value in values.items() if value)
    yield from ((translate(FIELDS["search"]), text) for text in searched)
