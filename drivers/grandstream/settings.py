"""What a Grandstream phone is told, as the XML file of its own family (sheets 5.3 and 6.1).

An item that is present but empty resets a setting to its default, so nothing is written that is not wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from drivers.grandstream.events import urls_of
from drivers.grandstream.families import Family, Numbering, family_of, needs_firmware
from phonesync.driver.action_urls import address
from phonesync.driver.contract import PhoneContext
from phonesync.driver.events import PhoneSettings, WantedSettings
from phonesync.driver.writing import document, leaf, lines, tag
from phonesync.errors import ConfigError, Unsupported

MOST_CHARACTERS = 256
"""Of P331, as of every value."""

FETCH_EVERY_MIN = "120"
"""The smallest interval that is legal on every family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The names of the settings of a phonebook, and the words for them."""

    mode: str
    server: str
    interval: str
    keep: tuple[str, str]
    username: str
    password: str
    groups: tuple[str, str]


_KEYS = MappingProxyType(
    {
        Numbering.P: _Keys(
            mode="P330",
            server="P331",
            interval="P332",
            keep=("P333", "0"),
            username="P6713",
            password="P6714",  # noqa: S106  the name of a setting
            groups=("P8462", "1"),
        ),
        Numbering.ALIAS: _Keys(
            mode="phonebook.download.mode",
            server="phonebook.download.server",
            interval="phonebook.download.interval",
            keep=("phonebook.download.removeEditedEntries", "No"),
            username="phonebook.download.username",
            password="phonebook.download.password",  # noqa: S106  the name of a setting
            groups=("phonebook.import.group.method", "Append"),
        ),
    }
)
_ON = {Numbering.P: "1", Numbering.ALIAS: "Yes"}


def phone_settings(wanted: WantedSettings, *, phone: PhoneContext) -> PhoneSettings:
    """The settings for one phone.

    Raises:
        Unsupported: No template of its family is known, or it cannot fetch over that scheme.
        ConfigError: An address is longer than the phone takes.
    """
    family = _family(phone)
    items: list[tuple[str, str]] = []
    if wanted.book_url is not None:
        items += _book(wanted, wanted.book_url, family)
    if wanted.event_url is not None and family.events:
        items += _events(wanted.event_url, family)
    if not items:
        raise Unsupported(
            f"The settings for events of {family.name} are not known: {family.no_events}.",
            hint="Its calls are in the PBX's CDR.",
        )
    return PhoneSettings(
        title=f"XML configuration for {family.name}, after the {family.source}: "
        f"cfg{phone.identity.mac or '<mac>'}.xml on your provisioning server.",
        text=_document(items, family.numbering, phone.identity.mac),
        notes=tuple(_notes(wanted, family)),
    )


def _family(phone: PhoneContext) -> Family:
    model, firmware = phone.identity.model, phone.identity.firmware
    family = family_of(model, firmware)
    if family is not None:
        return family
    if model is None:
        raise Unsupported(
            "The settings of a Grandstream depend on its model, which is not known.",
            hint="`phonesync check NAME` reads it, where the phone's table names no variant; or name it with "
            "--model.",
        )
    if needs_firmware(model) and firmware is None:
        raise Unsupported(
            f"The settings of {model} depend on its firmware, which is not known.",
            hint="Not every generation shows it to `phonesync check`: name it with --firmware, as the status "
            "page of the phone shows it.",
        )
    raise Unsupported(
        f"Under which names {model} has the settings for this is not known.",
        hint="The phonebook can be set on the phone's own web page; `phonesync drivers` shows what is known.",
    )


def _book(wanted: WantedSettings, url: str, family: Family) -> Iterator[tuple[str, str]]:
    keys = _KEYS[family.numbering]
    parts = urlsplit(url)
    mode = family.mode.get(parts.scheme)
    if mode is None:
        raise Unsupported(
            f"Phones of the family {family.name} fetch no phonebook over {parts.scheme}.",
            hint=f"They do over {' and '.join(family.mode)}: offer the phonebook there.",
        )
    server = f"{parts.netloc}{parts.path}"
    if len(server) > MOST_CHARACTERS:
        raise ConfigError(
            f"The address of the phonebook has {len(server)} characters; this phone takes {MOST_CHARACTERS}.",
            hint="Shorten public_url in the section [web].",
        )
    # What keeps the user's own contacts stands first: a phone may fetch as soon as it has an address.
    yield keys.keep
    if family.groups:
        yield keys.groups
    yield from family.more
    if wanted.username is not None:
        yield keys.username, wanted.username
        yield keys.password, wanted.password or ""
    yield keys.interval, FETCH_EVERY_MIN
    yield keys.server, server
    yield keys.mode, mode


def _events(base: str, family: Family) -> Iterator[tuple[str, str]]:
    urls = urls_of(family)
    for one in urls.urls:
        yield one.setting, address(urls, one, base)
    if family.switch is not None:
        yield family.switch, _ON[family.numbering]


def _document(items: list[tuple[str, str]], numbering: Numbering, mac: str | None) -> str:
    kept = [(key, value) for key, value in items if value]
    if numbering is Numbering.P:
        written = [leaf(key, value) for key, value in kept]
    else:
        written = [leaf("item", value, {"name": key}) for key, value in kept]
    config = tag("config", lines(written), {"version": numbering.value})
    head = [leaf("mac", mac)] if mac else []
    return document(tag("gs_provision", lines((*head, config)), {"version": "1"})).decode()


def _notes(wanted: WantedSettings, family: Family) -> Iterator[str]:
    if family.note:
        yield family.note
    if wanted.book_url is not None:
        yield (
            "By default a phone deletes what its user typed at every fetch of a phonebook; these settings "
            "switch that off. Make sure that they are in force before the first fetch."
        )
        yield "Whether rows that stand in the call lists already are renamed after a fetch is not known."
    if wanted.event_url is not None and not family.events:
        yield f"Nothing is set for events: {family.no_events}."
    if wanted.event_url is not None and family.events:
        yield "The variables $call-id, $duration and $calldirection are likely, the others vendor text."
        yield "A phone drops a value of more than 256 characters without a word; these are shorter."
    if (wanted.event_url or "").startswith("https:") and family.events:
        yield "That these phones report events over HTTPS no paper says; the vendor's examples are HTTP."
