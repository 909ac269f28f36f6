"""What phones of other vendors are told, each in the form its vendor prints (sheet 3, 8 and 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phonesync.driver.action_urls import address
from phonesync.driver.events import ActionUrls, WantedSettings
from phonesync.driver.writing import clean, document, leaf, lines, tag

Items = list[tuple[str, str]]
"""Setting and value."""


POLL_S = "600"
"""How often a Mitel says that it is alive, seconds."""


def events(urls: ActionUrls | None, wanted: WantedSettings) -> Items:
    """The settings of a vendor's events.

    Raises:
        ConfigError: An address is longer than the phone takes.
    """
    if urls is None or wanted.event_url is None:
        return []
    return [(one.setting, address(urls, one, wanted.event_url)) for one in urls.urls]


def snom(items: Items, wanted: WantedSettings, book: str | None) -> str:  # noqa: ARG001  no key of a book is known
    """A settings file."""
    settings = lines(leaf(key, value, {"perm": "RW"}) for key, value in items)
    return document(tag("settings", lines((tag("phone-settings", settings),)))).decode()


def mitel(items: Items, wanted: WantedSettings, book: str | None) -> str:  # noqa: ARG001  a script has no title
    """Lines of ``aastra.cfg`` or of the file of the phone's MAC."""
    alive = (("action uri poll interval", POLL_S),) if items else ()
    directory = (("directory script", book),) if book else ()
    return _plain((*items, *alive, *directory), ": ")


def htek(items: Items, wanted: WantedSettings, book: str | None) -> str:
    """P values."""
    directory = (("P4401", book), ("P3316", _title(wanted))) if book else ()
    return _plain((*items, *directory), " = ")


def flyingvoice(items: Items, wanted: WantedSettings, book: str | None) -> str:  # noqa: ARG001  no key of a book is known
    """Lines of its configuration file."""
    return _plain(items, " = ")


def cisco(items: Items, wanted: WantedSettings, book: str | None) -> str:
    """A flat profile."""
    directory = [
        leaf("XML_Directory_Service_Name", _title(wanted)),
        leaf("XML_Directory_Service_URL", book or ""),
    ]
    profile = lines((*(leaf(key, value) for key, value in items), *(directory if book else ())))
    return document(tag("flat-profile", profile)).decode()


def fanvil(items: Items, wanted: WantedSettings, book: str | None) -> str:  # noqa: ARG001  no variables are known
    """One entry of the phone's table of remote phonebooks."""
    if book is None:
        return ""
    parts = (
        leaf("Name", _title(wanted)),
        leaf("Addr", book),
        leaf("UserName", wanted.username or ""),
        leaf("PassWd", wanted.password or ""),
        leaf("Sipline", "-1"),
        leaf("BindLine", "-1"),
        leaf("PhonebookType", "0"),
    )
    return tag("xmlContact", "".join(parts), {"index": "1"}) + "\n"


def gigaset(items: Items, wanted: WantedSettings, book: str | None) -> str:  # noqa: ARG001  it reports no events
    """Parameters of Nx70."""
    if book is None:
        return ""
    title = _title(wanted)
    directory = (
        ("Netdir.1.Activated", "1"),
        ("XMLDir.1.ProviderName", title),
        ("XMLDir.1.ServerURL", book),
        ("XMLDir.1.WhitePagesDirName", title),
    )
    return _plain(directory, " = ")


def _title(wanted: WantedSettings) -> str:
    return clean(wanted.book_title) or "Company"


def _plain(items: Iterable[tuple[str, str]], between: str) -> str:
    return "".join(_lines(items, between))


def _lines(items: Iterable[tuple[str, str]], between: str) -> Iterator[str]:
    yield from (f"{key}{between}{value}\n" for key, value in items)
