"""How one reader sees figures and times: language, zone, theme. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent

from phonesync.calls.sentences import Sentence, Value, in_words
from phonesync.config.calls import weekdays
from phonesync.errors import PhonesyncError
from phonesync.spelling import N_, Worded
from phonesync.web.kept import Piece
from phonesync.web.languages import kept_texts

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
THEMES = ("light", "dark")
_UNITS = {"s": "%(count)s s", "min": "%(count)s min", "h": "%(count)s h"}
DASH = "–"
"""Stands where nothing was observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How one reader sees figures and times.

    Attributes:
        language: One of ``languages.LANGUAGES``.
        zone: All times are shown in it.
        now: This instant.
        theme: One of ``THEMES``; None as the browser asks.
        texts: The texts of the language.
    """

    language: str
    zone: ZoneInfo
    now: datetime
    theme: str | None
    texts: NullTranslations

    @property
    def locale(self) -> Locale:
        """Babel's."""
        return Locale.parse(self.language)

    @property
    def today(self) -> date:
        """In the reader's zone."""
        return self.now.astimezone(self.zone).date()

    def day(self, at: date | datetime | None) -> str:
        """A day in words: "today", "yesterday", else the date; with the year where it is another."""
        if at is None:
            return DASH
        day = at.astimezone(self.zone).date() if isinstance(at, datetime) else at
        apart = (self.today - day).days
        if apart == 0:
            return self.texts.gettext("today")
        if apart == 1:
            return self.texts.gettext("yesterday")
        return self.short_date(day)

    def short_date(self, at: date | datetime | None) -> str:
        """A date: ``26 Nov``, of another year ``26 Nov 2025``."""
        if at is None:
            return DASH
        day = at.astimezone(self.zone).date() if isinstance(at, datetime) else at
        if self.language == "en":
            return format_date(day, "d MMM" if day.year == self.today.year else "d MMM y", locale=self.locale)
        return format_date(day, "d MMM" if day.year == self.today.year else "medium", locale=self.locale)

    def long_date(self, at: date | datetime) -> str:
        """A date with its day of the week: ``Thursday, 26 November 2026``."""
        day = at.astimezone(self.zone).date() if isinstance(at, datetime) else at
        return format_date(day, "EEEE, d MMMM y", locale=self.locale)

    def heading(self, day: date) -> str:
        """A day as a heading: ``Today, 26 November``, ``Thursday, 26 November``; of another year with it."""
        near = {0: self.texts.gettext("Today"), 1: self.texts.gettext("Yesterday")}.get(
            (self.today - day).days
        )
        form = "d MMMM" if day.year == self.today.year else "d MMMM y"
        said = format_date(day, form if near else f"EEEE, {form}", locale=self.locale)
        return f"{near}, {said}" if near else said

    def time(self, at: datetime | None, *, seconds: bool = False) -> str:
        """A time of day, 24 hours: ``14:05``."""
        if at is None:
            return DASH
        return format_time(at, "HH:mm:ss" if seconds else "HH:mm", tzinfo=self.zone, locale=self.locale)

    def moment(self, at: datetime | None, *, seconds: bool = False) -> str:
        """Day and time: ``today 14:05``, ``26 Nov 14:05``."""
        return DASH if at is None else f"{self.day(at)} {self.time(at, seconds=seconds)}"

    def exact(self, at: datetime | None) -> str:
        """Date and time to the second, with the zone: for titles and cards."""
        if at is None:
            return DASH
        return format_datetime(at, "d MMM y, HH:mm:ss ZZZZZ", tzinfo=self.zone, locale=self.locale)

    def weekdays(self, days: Iterable[str]) -> str:
        """Weekdays as the configuration writes them, ``monday-friday``, in short: ``Mon–Fri``."""
        names = self.locale.days["stand-alone"]["abbreviated"]
        spans = [weekdays(one) for one in days]
        return ", ".join("–".join(names[day] for day in dict.fromkeys((one[0], one[-1]))) for one in spans)

    def ago(self, at: datetime | None) -> str:
        """How long since: ``5 min``, ``3 h``, ``2 d``."""
        return DASH if at is None else self.span(max((self.now - at).total_seconds(), 0))

    def span(self, seconds: float | None) -> str:
        """A length of time in words, two units at most: ``45 s``, ``5 min``, ``3 h 12 min``, ``2 d 4 h``."""
        if seconds is None:
            return DASH
        whole = round(seconds)
        if whole < _MINUTE:
            return self.texts.gettext("%(count)s s") % {"count": whole}
        if whole < _HOUR:
            return self.texts.gettext("%(count)s min") % {"count": whole // _MINUTE}
        if whole < _DAY:
            return self._two(N_("%(count)s h"), whole // _HOUR, N_("%(count)s min"), whole % _HOUR // _MINUTE)
        return self._two(N_("%(count)s d"), whole // _DAY, N_("%(count)s h"), whole % _DAY // _HOUR)

    def _two(self, large: str, many: int, small: str, few: int) -> str:
        first = self.texts.gettext(large) % {"count": self.number(many)}
        return f"{first} {self.texts.gettext(small) % {'count': few}}" if few else first

    def duration(self, seconds: float | None) -> str:
        """A length of time as clocks show it: ``0:42``, ``1:02:03``."""
        if seconds is None:
            return DASH
        minutes, rest = divmod(round(seconds), _MINUTE)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def sentence(self, said: Sentence) -> str:
        """A sentence that is kept with a call; one that has no form stays English."""
        return in_words(said, self.texts.gettext, self._value)

    def said(self, text: str) -> str:
        """A sentence of ours, in the language where the catalogue has it."""
        if isinstance(text, Worded):
            return self.texts.gettext(text.form) % text.values
        if not text:
            return ""
        told = self.texts.gettext(text)
        return told if told != text else " ".join(piece.text for piece in self.kept(text))

    def kept(self, text: str | None) -> tuple[Piece, ...]:
        """A text that the store keeps in English, piece by piece; what came from outside stays as it is."""
        return kept_texts(self.language).said(text or "")

    def mistake(self, error: PhonesyncError) -> str:
        """What is wrong, and what can be done."""
        return f"{self.said(error.message)} {self.said(error.hint)}".strip()

    def _value(self, name: str, value: Value) -> str:
        if isinstance(value, tuple):
            *first, last = value
            both = self.texts.gettext("%(names)s and %(last)s")
            return both % {"names": ", ".join(first), "last": last} if first else last
        if name != "span":
            return value
        count, _, unit = value.partition(" ")
        return self.texts.gettext(_UNITS[unit]) % {"count": count}

    def number(self, value: float | None) -> str:
        """A number with the separators of the language."""
        return DASH if value is None else format_decimal(value, locale=self.locale)

    def percent(self, share: float | None) -> str:
        """A share as a percentage; rounded down, so that only all of it is 100 %."""
        if share is None:
            return DASH
        floored = int(share * 1000) / 1000
        return format_percent(
            floored, "#,##0.#%" if self.language == "en" else "#,##0.#\u00a0%", locale=self.locale
        )
