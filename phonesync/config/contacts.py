"""The tables ``[[contacts]]``: where contacts come from, for whom they are, and what a value there may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from phonesync.config import checks
from phonesync.config.report import Report, texts_at
from phonesync.config.table import Duration, Name, Password, Table
from phonesync.spelling import unknown

OWN = "own"
"""The source of contacts that are edited in phonesync itself; no configured one may bear its name."""

ROLES = ("name", "id", "company", "department", "work", "mobile", "home", "fax", "other")
"""What a column or an attribute may hold of a contact."""

_FILE = ("path",)
_SERVER = ("url", "username", "password", "tls", "ca_file")
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "csv": (*_FILE, "columns", "delimiter", "encoding"),
        "vcard": _FILE,
        "carddav": _SERVER,
        "ldap": (*_SERVER, "base", "filter", "subtree", "attributes", "start_tls", "page_size"),
    }
)
"""Kind of source to the keys that only some kinds have."""

_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"csv": ("path",), "vcard": ("path",), "carddav": ("url",), "ldap": ("url", "base")}
)
_SCHEMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"carddav": ("http", "https"), "ldap": ("ldap", "ldaps")}
)
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {"carddav": "https://dav.example/contacts/", "ldap": "ldap://dc.example"}
)
_TLS = ("verify", "insecure")
_MOST_PRECEDENCE = 1000
_MOST_PERCENT = 100
_MOST_AT_ONCE = 10_000


def _kind(value: str) -> str:
    """A kind of source."""
    if value not in KEYS:
        raise ValueError(unknown("kind of source", value, KEYS))
    return value


def _source_name(value: str) -> str:
    """The name of a source."""
    if value == OWN:
        raise ValueError(
            f'"{OWN}" is the source of contacts edited in phonesync itself; choose another name.'
        )
    if "/" in value:
        raise ValueError("must not hold a slash.")
    return value


def _precedence(value: int) -> int:
    if not 0 <= value <= _MOST_PRECEDENCE:
        raise ValueError(f"must be from 0 to {_MOST_PRECEDENCE}; the lower one wins.")
    return value


def _percent(value: int) -> int:
    if not 0 <= value <= _MOST_PERCENT:
        raise ValueError(f"must be from 0 to {_MOST_PERCENT}.")
    return value


def _page_size(value: int) -> int:
    if not 1 <= value <= _MOST_AT_ONCE:
        raise ValueError(f"must be from 1 to {_MOST_AT_ONCE}.")
    return value


def one_sign(value: str) -> str:
    """What stands between cells: one character."""
    if len(value) != 1 or value in '"\r\n':
        raise ValueError('must be one character, for example ";".')
    return value


def known_encoding(value: str) -> str:
    """A text encoding that Python knows."""
    try:
        "".encode(value)
    except (LookupError, UnicodeError) as error:
        raise ValueError(f'unknown encoding "{value}"; for example "utf-8", "utf-16", "cp1251".') from error
    return value


def _tls(value: str) -> str:
    if value not in _TLS:
        raise ValueError(unknown("TLS mode", value, _TLS))
    return value


def _roles(value: Any) -> Any:
    """What stands where: role to one name or several, as a table of lists."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, tuple[str, ...]] = {}
    for role, names in value.items():
        if role not in ROLES:
            raise ValueError(unknown("key", str(role), ROLES))
        several = [names] if isinstance(names, str) else names
        if not isinstance(several, list | tuple) or not all(isinstance(name, str) for name in several):
            raise ValueError(f'{role} must be a text or a list of texts, for example {role} = ["Phone"].')
        found[role] = tuple(several)
    return MappingProxyType(found)


def _nowhere() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


Roles = Annotated[
    Mapping[str, tuple[str, ...]],
    BeforeValidator(_roles),
    AfterValidator(checks.read_only),
    PlainSerializer(dict),
]


class ContactSourceConfig(Table):
    """One source of contacts.

    Attributes:
        name: Unique; contacts are told apart by it.
        kind: ``csv``, ``vcard``, ``carddav`` or ``ldap``.
        path: Of a file, or for ``vcard`` of a file or a folder; relative to the configuration's folder.
        url: Of an address book or its server (``carddav``), or of a directory server (``ldap``).
        username: Of the server; for ``ldap`` the name to bind with. None: nobody signs in.
        password: Where its password comes from.
        every: How often the agent imports it.
        site: Only phones of this site see its contacts; None for all.
        department: Only phones of this department see them; None for all.
        precedence: Where a number stands in several sources, the one with the lowest wins.
        shrink_percent: A source that loses more of its contacts than this share is held.
        columns: For ``csv``: role to the headings of its columns; roles left out are recognised.
        delimiter: For ``csv``; None: recognised.
        encoding: For ``csv``; None: recognised.
        base: For ``ldap``: where the search begins.
        filter: For ``ldap``: whom it finds.
        subtree: For ``ldap``: False: only entries right below the base.
        attributes: For ``ldap``: role to attributes; roles left out have the usual ones.
        start_tls: For ``ldap://``: encrypt before anything else is said.
        page_size: For ``ldap``: entries fetched at a time.
        tls: ``verify`` or ``insecure``.
        ca_file: Certificates of the authorities to trust in place of the machine's.
    """

    name: Annotated[Name, AfterValidator(_source_name)]
    kind: Annotated[str, AfterValidator(_kind)]
    path: Name | None = None
    url: Name | None = None
    username: str | None = Field(default=None, repr=False)
    password: Password = None
    every: Duration = timedelta(hours=1)
    site: Name | None = None
    department: Name | None = None
    precedence: Annotated[int, AfterValidator(_precedence)] = 10
    shrink_percent: Annotated[int, AfterValidator(_percent)] = 30
    columns: Roles = Field(default_factory=_nowhere)
    delimiter: Annotated[str, AfterValidator(one_sign)] | None = None
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    base: Name | None = None
    filter: Name = "(&(objectClass=person)(|(telephoneNumber=*)(mobile=*)(homePhone=*)(ipPhone=*)))"
    subtree: bool = True
    attributes: Roles = Field(default_factory=_nowhere)
    start_tls: bool = True
    page_size: Annotated[int, AfterValidator(_page_size)] = 500
    tls: Annotated[str, AfterValidator(_tls)] = "verify"
    ca_file: Name | None = None


def read_sources(
    report: Report, raw: Mapping[str, Any], sites: tuple[str, ...]
) -> tuple[ContactSourceConfig, ...]:
    """The sources of a file; their mistakes are added to the report.

    Args:
        report: Collects mistakes.
        raw: The whole file.
        sites: Names of its sites.
    """
    tables = raw.get("contacts", [])
    if not isinstance(tables, list):
        report.add(("contacts",), "must be written [[contacts]], in double brackets, once for each source.")
        return ()
    _check_doubles(report, texts_at(tables, "name"))
    for position, site in texts_at(tables, "site").items():
        if site not in sites:
            report.add(("contacts", position, "site"), unknown("site", site, sites))
    for position, kind in texts_at(tables, "kind").items():
        if kind in KEYS:
            _check_keys(report, position, kind, tables[position])
    found = [report.table(ContactSourceConfig, table, ("contacts", at)) for at, table in enumerate(tables)]
    return tuple(source for source in found if source is not None)


def unseen(sources: tuple[ContactSourceConfig, ...], seen: set[tuple[str, str | None]]) -> list[int]:
    """Positions of the sources that no phone sees.

    Args:
        sources: The sources.
        seen: Site and department of each phone.
    """
    return [
        position
        for position, source in enumerate(sources)
        if not any(source.site in (None, site) and source.department in (None, of) for site, of in seen)
    ]


def _check_doubles(report: Report, names: Mapping[int, str]) -> None:
    first: dict[str, int] = {}
    for position, name in names.items():
        earlier = first.setdefault(name, position)
        if earlier != position:
            where = report.where(("contacts", earlier, "name"))
            report.add(
                ("contacts", position, "name"),
                f'"{name}" stands at {where} already; each source needs its own.',
            )


def _check_keys(report: Report, position: int, kind: str, table: Mapping[str, Any]) -> None:
    """Adds keys that this kind of source needs, and those it does not have."""
    path = ("contacts", position)
    for key in _NEEDED[kind]:
        if key not in table:
            report.add(
                (*path, key), f"is missing; a source of kind {kind} needs {' and '.join(_NEEDED[kind])}."
            )
    strangers = {key for keys in KEYS.values() for key in keys}.difference(KEYS[kind])
    for key in strangers.intersection(table):
        kinds = " and ".join(other for other, keys in KEYS.items() if key in keys)
        report.add((*path, key), f"is a key of {kinds}, not of {kind}.")
    if kind in _SCHEMES and isinstance(table.get("url"), str):
        _check_url(report, (*path, "url"), kind, table["url"])


def _check_url(report: Report, path: tuple[str | int, ...], kind: str, url: str) -> None:
    example = f'for example "{_EXAMPLES[kind]}".'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        report.add(path, f"is no address; {example}")
        return
    begins = " or ".join(f"{scheme}://" for scheme in _SCHEMES[kind])
    if parts.scheme not in _SCHEMES[kind] or not parts.hostname or re.search(r"\s", url) or port == 0:
        report.add(path, f"must begin with {begins} and a host, {example}")
    elif parts.username is not None or parts.password is not None:
        report.add(path, "must not hold user or password; put them under username and password.")
    elif kind == "ldap" and (parts.path.strip("/") or parts.query):
        report.add(
            path, f"must end after host and port; what is searched stands under base and filter; {example}"
        )
