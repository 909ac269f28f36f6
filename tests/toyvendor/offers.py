"""What toy phones do by themselves: report calls, fetch a phonebook; and how they are told so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from phonesync.driver.action_urls import address
from phonesync.driver.contract import PhoneContext, Variant, can
from phonesync.driver.events import ActionUrl, ActionUrls, PhoneSettings, WantedSettings
from phonesync.driver.phonebooks import BookFile, BookLimits
from phonesync.driver.writing import document, fitting, leaf, lines, tag
from phonesync.errors import Unsupported
from phonesync.model import EventKind, Evidence, Phonebook
from tests.toyvendor.driver import ToyDriver
from tests.toyvendor.quirks import VARIANTS

URLS = ActionUrls(
    urls=(
        ActionUrl(word="in", setting="report.ring", kind=EventKind.INCOMING),
        ActionUrl(word="end", setting="report.end", kind=EventKind.TERMINATED),
        ActionUrl(word="boot", setting="report.start", kind=EventKind.STARTED, keys=()),
    ),
    variables=MappingProxyType({"c": "$id", "a": "$line", "r": "$peer", "n": "$name"}),
    most_characters=200,
)
BOOK = BookFile(name="toybook.xml")
_OFFERS = (
    can("events", Evidence.CERTAIN),
    can("phonebook_offered", Evidence.CERTAIN),
    can("settings", Evidence.CERTAIN),
)


class OfferingToyDriver(ToyDriver):
    """The toy driver with every optional half."""

    variants: Mapping[str, Variant] = MappingProxyType(
        {name: replace(one, capabilities=(*one.capabilities, *_OFFERS)) for name, one in VARIANTS.items()}
    )

    def capabilities(self, identity, *, quirks=MappingProxyType({})):
        """The variant of this phone, quirks applied."""
        variant = super().capabilities(identity, quirks=quirks)
        return replace(variant, capabilities=self.variants[variant.name].capabilities)

    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        """All toy phones report alike."""
        return URLS

    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:
        """One file, beside what was typed into the phone."""
        return (BOOK,)

    def book_limits(self, *, variant: str | None, model: str | None) -> BookLimits:
        """What the manual says."""
        return BookLimits(entries=500, evidence=Evidence.CERTAIN)

    def render_book(
        self,
        book: Phonebook,
        *,
        file: str,
        own: bytes | None = None,
        variant: str | None = None,
        model: str | None = None,
    ) -> bytes:
        """Names and numbers; texts may hold anything, so only `fitting` entries are written, by `leaf`."""
        if file != BOOK.name:
            raise Unsupported(f"Toy phones fetch no file {file}.", hint=f"There is {BOOK.name}.")
        entries = (
            tag("entry", leaf("name", one.name) + "".join(leaf("tel", n.number) for n in one.numbers))
            for one in fitting(book)
        )
        return document(tag("toybook", lines(entries)))

    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        """Lines of the phone's settings page."""
        told = []
        if wanted.book_url is not None:
            told.append(f"book = {wanted.book_url}/{BOOK.name}")
        if wanted.event_url is not None:
            told += [f"{one.setting} = {address(URLS, one, wanted.event_url)}" for one in URLS.urls]
        return PhoneSettings(title="Lines for the page Settings.", text="\n".join([*told, ""]))
