"""Broken copies of the toy driver's optional halves, each with the check that must find it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from phonesync.driver.contract import PhoneContext, Variant, can
from phonesync.driver.dialling import DialOrder, DialRoute, Steps
from phonesync.driver.events import ActionUrls, PhoneSettings, WantedSettings
from phonesync.driver.phonebooks import BookFile
from phonesync.driver.session import Credentials, Request
from phonesync.model import Evidence, Phonebook, PhoneIdentity, no_quirks
from tests.toyvendor.driver import ToyDriver
from tests.toyvendor.mutants import MUTANTS, found_by
from tests.toyvendor.offers import BOOK, URLS, OfferingToyDriver

__all__ = ["MUTANTS"]


@found_by("what_is_offered_is_stated")
class ReportsWithoutSayingSo(OfferingToyDriver):
    variants = ToyDriver.variants

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = no_quirks()) -> Variant:
        return ToyDriver.capabilities(self, identity, quirks=quirks)


@found_by("what_is_offered_is_stated")
class SaysThatItReportsAndDoesNot(OfferingToyDriver):
    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        return None


@found_by("its_own_addresses_are_read_back")
class HasOneWordForTwoEvents(OfferingToyDriver):
    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        return replace(URLS, urls=tuple(replace(url, word="in") for url in URLS.urls))


@found_by("its_own_addresses_are_read_back")
class HasAWordThatNoPathHolds(OfferingToyDriver):
    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        return replace(URLS, urls=tuple(replace(url, word=f"{url.word}/?") for url in URLS.urls))


@found_by("its_own_addresses_are_read_back")
class HasVariablesThatLookLikeValues(OfferingToyDriver):
    def action_urls(self, *, variant: str | None) -> ActionUrls | None:
        return replace(URLS, variables={"c": "CALLID", "r": "PEER"})


@found_by("books_survive_hostile_texts")
class WritesNamesUnescaped(OfferingToyDriver):
    def render_book(self, book: Phonebook, **more: Any) -> bytes:
        entries = "".join(
            f"<e><n>{entry.name}</n>{''.join(f'<t>{n.number}</t>' for n in entry.numbers)}</e>"
            for entry in book.entries
        )
        return f"<toybook>{entries}</toybook>".encode("utf-8", "replace")


@found_by("books_survive_hostile_texts")
class LosesTheLastEntry(OfferingToyDriver):
    def render_book(self, book: Phonebook, **more: Any) -> bytes:
        return super().render_book(replace(book, entries=book.entries[:-1]), **more)


@found_by("books_survive_hostile_texts")
class BeginsWithAMark(OfferingToyDriver):
    def render_book(self, book: Phonebook, **more: Any) -> bytes:
        return b"\xef\xbb\xbf" + super().render_book(book, **more)


@found_by("books_survive_hostile_texts")
class ReplacesWhatWasTyped(OfferingToyDriver):
    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:
        return (replace(BOOK, replaces=True),)


@found_by("settings_give_nothing_away")
class HasThePhoneSendItsPasswords(OfferingToyDriver):
    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        printed = super().settings(wanted, phone=phone)
        return replace(printed, text=f"{printed.text}upload = {wanted.event_url}/cfg?all=$cfg_all\n")


@found_by("settings_give_nothing_away")
class ForgetsTheAddresses(OfferingToyDriver):
    def settings(self, wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
        return PhoneSettings(title="Lines.", text="report = on\n")


class Dials(OfferingToyDriver):
    """One that can be told to dial."""

    variants: Mapping[str, Variant] = {
        name: replace(one, capabilities=(*one.capabilities, can("dial", Evidence.CERTAIN)))
        for name, one in OfferingToyDriver.variants.items()
    }

    def dial_route(self, *, variant: str, model: str | None) -> DialRoute | None:
        return DialRoute(evidence=Evidence.CERTAIN, note="As its papers say.", allow="Nothing.")

    def dial(self, order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
        yield self.order(order, credentials)

    def order(self, order: DialOrder, credentials: Credentials) -> Request:
        return Request(path=f"/dial?{order.number}", hidden=f"p={credentials.password}", once=True)


@found_by("orders_to_dial_go_out_once_and_hide_the_password")
class DialsTwice(Dials):
    def order(self, order: DialOrder, credentials: Credentials) -> Request:
        return replace(super().order(order, credentials), once=False)


@found_by("orders_to_dial_go_out_once_and_hide_the_password")
class DialsWhereItIsSent(Dials):
    def order(self, order: DialOrder, credentials: Credentials) -> Request:
        return replace(super().order(order, credentials), follow_redirects=True)


@found_by("orders_to_dial_go_out_once_and_hide_the_password")
class ShowsThePasswordWhereItDials(Dials):
    def order(self, order: DialOrder, credentials: Credentials) -> Request:
        return Request(path=f"/dial?{order.number}&p={credentials.password}", once=True)


@found_by("what_is_offered_is_stated")
class SaysThatItDialsAndDoesNot(Dials):
    def dial_route(self, *, variant: str, model: str | None) -> DialRoute | None:
        return None
