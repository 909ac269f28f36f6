"""Contacts of an LDAP directory, Active Directory among them; the only module that knows ldap3.

Entries are fetched page by page, and an answer that the server cut off is an error: it is never taken for a
smaller directory.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import ldap3
from ldap3.core.exceptions import LDAPException

from phonesync.contacts.cleaning import made
from phonesync.contacts.tls import context
from phonesync.contacts.values import Found, Harvest, Place, Remark
from phonesync.errors import SourceError
from phonesync.model import NumberKind

ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("displayName", "cn"),
        "id": ("entryUUID", "objectGUID"),
        "company": ("company", "o"),
        "department": ("department", "ou"),
        "work": ("telephoneNumber", "otherTelephone", "ipPhone"),
        "mobile": ("mobile", "otherMobile"),
        "home": ("homePhone", "otherHomePhone"),
        "fax": ("facsimileTelephoneNumber",),
        "other": ("pager",),
    }
)
"""Role to attributes: those of RFC 4519, RFC 4524 and RFC 2798, and of Active Directory."""

NUMBERS = ("work", "mobile", "home", "fax", "other")
CONNECT_S = 10
RECEIVE_S = 60
MOST_ENTRIES = 200_000

_PAGED = "1.2.840.113556.1.4.319"
_SUCCESS, _TIME_LIMIT, _SIZE_LIMIT, _ADMIN_LIMIT, _NO_SUCH_OBJECT, _BAD_CREDENTIALS = 0, 3, 4, 11, 32, 49
_CUT_OFF = frozenset({_TIME_LIMIT, _SIZE_LIMIT, _ADMIN_LIMIT})
_GUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """How a directory is reached, and what is wanted of it.

    Attributes:
        url: ``ldap://HOST`` or ``ldaps://HOST``, with a port where it is not the usual one.
        username: The name to bind with, or None.
        password: Of it.
        tls: ``verify`` or ``insecure``.
        ca_file: Authorities to trust in place of the machine's, or None.
        start_tls: For ``ldap://``: encrypt before anything else is said.
        base: Where the search begins.
        filter: Whom it finds.
        subtree: False: only entries right below the base.
        page_size: Entries fetched at a time.
        attributes: Role to attributes.
    """

    url: str
    username: str | None
    password: str
    tls: str
    ca_file: Path | None
    start_tls: bool
    base: str
    filter: str
    subtree: bool
    page_size: int
    attributes: Mapping[str, tuple[str, ...]]

    def __repr__(self) -> str:
        return f"Directory(url={self.url!r}, base={self.base!r})"


def harvest(directory: Directory) -> Harvest:
    """The contacts of a directory.

    Raises:
        SourceError: It cannot be read, or not as a whole.
    """
    found: list[Found] = []
    remarks: list[Remark] = []
    try:
        connection = _connection(directory)
        try:
            _bind(connection, directory)
            for count, entry in enumerate(_entries(connection, directory)):
                if count >= MOST_ENTRIES:
                    raise SourceError(f"{directory.url} holds more than {MOST_ENTRIES} entries that fit.")
                contact, said = contact_of(entry["dn"], entry["raw_attributes"], directory.attributes)
                remarks += said
                if contact is not None:
                    found.append(contact)
        finally:
            connection.strategy.close()
            if connection.socket is not None:  # ldap3 forgets one that never got through
                connection.socket.close()
    except (LDAPException, OSError) as error:
        raise SourceError(f"{directory.url} cannot be read: {_words(error)}.") from error
    return Harvest(found=tuple(found), remarks=tuple(remarks))


def contact_of(
    name: str, raw: Mapping[str, list[bytes]], attributes: Mapping[str, tuple[str, ...]]
) -> tuple[Found | None, list[Remark]]:
    """A contact of one entry, and what is not right about it.

    Args:
        name: Distinguished name of the entry.
        raw: Its attributes, values as sent.
        attributes: Role to attributes.
    """
    values = {key.casefold(): value for key, value in raw.items()}

    def texts(role: str) -> list[str]:
        found = (values.get(attribute.casefold(), []) for attribute in attributes.get(role, ()))
        return [value.decode("utf-8", "replace") for some in found for value in some]

    def first(role: str) -> str | None:
        return next((text for text in texts(role) if text.strip()), None)

    return made(
        names=texts("name"),
        numbers=[(text, NumberKind(role)) for role in NUMBERS for text in texts(role)],
        place=Place(file=name),
        uid=_uid(values, attributes.get("id", ())) or name.casefold(),
        company=first("company"),
        department=first("department"),
    )


def _uid(values: Mapping[str, list[bytes]], attributes: tuple[str, ...]) -> str | None:
    for attribute in attributes:
        for value in values.get(attribute.casefold(), []):
            if attribute.casefold() == "objectguid" and len(value) == _GUID_BYTES:
                return str(UUID(bytes_le=value))
            return value.decode("utf-8", "replace")
    return None


class _Tls(ldap3.Tls):
    """Encrypts with a context of ours: ldap3's own judges the name too late, and leaves sockets open."""

    def __init__(self, secure: ssl.SSLContext, host: str) -> None:
        super().__init__()
        self._secure, self._host = secure, host

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  ldap3's
        """Encrypts a connection."""
        connection.socket = self._secure.wrap_socket(connection.socket, server_hostname=self._host)


def _connection(directory: Directory) -> Any:
    """A connection that is not open yet."""
    parts = urlsplit(directory.url)
    secure = parts.scheme == "ldaps"
    tls = _Tls(context(directory.tls, directory.ca_file), parts.hostname or "")
    server = ldap3.Server(
        parts.hostname or "", port=parts.port or (636 if secure else 389), use_ssl=secure, tls=tls,
        get_info=ldap3.NONE, connect_timeout=CONNECT_S,
    )  # fmt: skip
    return ldap3.Connection(
        server, user=directory.username, password=directory.password or None, read_only=True,
        auto_referrals=False, receive_timeout=RECEIVE_S,
        authentication=ldap3.ANONYMOUS if directory.username is None else ldap3.SIMPLE,
    )  # fmt: skip


def _bind(connection: Any, directory: Directory) -> None:
    """Opens a connection, encrypts it and signs in.

    Raises:
        SourceError: The server does not let us in.
        LDAPException: It cannot be reached, or its certificate is not trusted.
    """
    connection.open()
    if directory.url.startswith("ldap:") and directory.start_tls and not connection.start_tls():
        raise SourceError(
            f"{directory.url} does not encrypt (StartTLS): {connection.result['description']}.",
            hint="Only where the way to it is safe: start_tls = false.",
        )
    if not connection.bind():
        code, word = connection.result["result"], connection.result["description"]
        if code == _BAD_CREDENTIALS:
            raise SourceError(
                f"{directory.url} refuses the user or the password.",
                hint="Are username and password of the source right?",
            )
        raise SourceError(f"{directory.url} does not let this user in: {word}.")


def _entries(connection: Any, directory: Directory) -> Iterator[Mapping[str, Any]]:
    """Every entry that fits, page by page.

    Raises:
        SourceError: The server does not give all of them.
    """
    wanted = sorted({name for names in directory.attributes.values() for name in names})
    cookie: bytes | None = None
    while True:
        connection.search(
            directory.base, directory.filter, attributes=wanted, paged_size=directory.page_size,
            search_scope=ldap3.SUBTREE if directory.subtree else ldap3.LEVEL, paged_cookie=cookie,
        )  # fmt: skip
        result = connection.result
        if result["result"] != _SUCCESS:
            raise _refused(directory, result)
        yield from (entry for entry in connection.response or () if entry["type"] == "searchResEntry")
        cookie = result.get("controls", {}).get(_PAGED, {}).get("value", {}).get("cookie")
        if not cookie:
            return


def _refused(directory: Directory, result: Mapping[str, Any]) -> SourceError:
    code, word = result["result"], result["description"]
    if code == _NO_SUCH_OBJECT:
        return SourceError(f"{directory.url} has no entry {directory.base}.", hint="Is base right?")
    if code in _CUT_OFF:
        return SourceError(
            f"{directory.url} does not give all that was asked for: {word}.",
            hint="Ask for fewer entries with filter or base, or raise the limit of this user at the server.",
        )
    return SourceError(f"{directory.url} refuses the search: {word}.")


def _words(error: Exception) -> str:
    """What happened, on one line; ldap3 repeats itself."""
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
