"""What a Yealink phone is told, as lines of its configuration file (sheets 4.1, 5.2, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.yealink.events import action_urls
from drivers.yealink.phonebook import BOOK
from drivers.yealink.quirks import V70, V72
from phonesync.driver.action_urls import address
from phonesync.driver.contract import PhoneContext
from phonesync.driver.events import PhoneSettings, WantedSettings
from phonesync.driver.writing import clean

HEAD = "#!version:1.0.0.1"
"""First line of every configuration file, exactly."""

FETCH_EVERY_S = 3600
"""Seconds between two fetches of the book; the template has 21600."""

_SLOT = 1
"""Which of the five remote books is ours."""


def phone_settings(wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
    """The settings for one phone.

    Raises:
        ConfigError: An address is longer than the phone takes.
    """
    variant = phone.variant.name
    mac = phone.identity.mac or "<MAC>"
    parts = [HEAD]
    if wanted.book_url is not None:
        parts += ["", "## Names: a remote phone book beside the phone's own directory", *_book(wanted)]
    if wanted.event_url is not None:
        urls = action_urls(variant)
        lines = (f"{one.setting} = {address(urls, one, wanted.event_url)}" for one in urls.urls)
        parts += ["", "## Events: what the phone reports by itself", *lines]
    return PhoneSettings(
        title=f"Lines for {mac}.cfg on your provisioning server, or for Settings > Configuration on the "
        "phone's web page.",
        text="\n".join((*parts, "")),
        notes=tuple(_notes(wanted, variant)),
    )


def _book(wanted: WantedSettings) -> Iterator[str]:
    book = f"remote_phonebook.data.{_SLOT}"
    yield f"{book}.name = {clean(wanted.book_title) or 'Company'}"
    yield f"{book}.url = {wanted.book_url}/{BOOK}"
    if wanted.username is not None:
        yield f"{book}.username = {wanted.username}"
        yield f"{book}.password = {wanted.password or ''}"
    yield "features.remote_phonebook.enable = 1"
    yield f"features.remote_phonebook.flash_time = {FETCH_EVERY_S}"
    yield "features.remote_phonebook.enter_update_enable = 1"
    yield "directory_setting.remote_phone_book.enable = 1"
    yield "search_in_dialing.remote_phone_book.enable = 1"


def _notes(wanted: WantedSettings, variant: str) -> Iterator[str]:
    if wanted.book_url is not None:
        yield (
            f"The book takes place {_SLOT} of the phone's five remote books; a book that stands there now is "
            "replaced, the phone's own directory is not touched."
        )
        yield (
            "Whether rows that stand in the call lists already are renamed after a book arrived is not known."
        )
    if wanted.event_url is not None:
        yield "Action URLs that the phone has for the same events now are replaced."
    if variant in {V70, V72}:
        yield (
            "The names of these keys are those of the vendor's guide for firmware v80; that v70 to v73 take "
            "them is likely, and if not, the web page has the same fields."
        )
    yield "Over HTTPS the phone checks our certificate, unless static.security.trust_certificates is 0."
