"""What in a recording may be anybody's: by what the driver read, by the configuration, by names of fields.

Two nets, one behind the other. What is known (numbers, names, hosts, MACs, credentials, the session) is
replaced wherever it stands. What looks like it (by the name of its field, or by its form) is replaced too.
Replacing too much does no harm: the driver then reads the rewritten answers as the tests will.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from phonesync.driver.session import Response
from phonesync.model import CallLog, PhoneIdentity, PhoneStatus
from phonesync.testing.capture.invented import SHORTEST_NUMBER, is_address, is_common, is_number
from phonesync.testing.capture.spelled import as_text, outer
from phonesync.transport.redact import is_sensitive
from phonesync.transport.tape import Recording

DEFAULT_USERS = frozenset({"admin", "user", "var", "root"})
"""User names that every phone of a vendor has."""

SHORTEST_SECRET = 4
_SHORTEST_UNNAMED = 6
_PLAIN_WORD = re.compile(r"[A-Za-z]{1,12}|[a-z]+(?:[-_ ][a-z]+)+|\d{1,4}")
_MOST = 200

_PERSONAL = re.compile(
    r"display|label|owner|caller|callee|remote|local_|register|sip_?(?:user|id)|user_?(?:name|id)$|auth_?(?:name|id|user)"
    r"|account|server|proxy|domain|host|ssid|location|contact|department|nick|full_?name|serial|^sn$|imei|extension"
    r"|phone_?number",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"serial|^sn$|imei", re.IGNORECASE)
_PAIR = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,63})\\*[\"']?\s{0,3}[=:]\s{0,3}(?P<mark>\\*[\"'])(?P<value>.{1,200}?)(?P=mark)"
)
_ELEMENT = re.compile(
    r"<(?P<name>[A-Za-z][\w.:-]{0,63})(?:\s[^<>]{0,500})?>(?P<value>[^<>]{1,200})</(?P=name)>"
)
_CELL = re.compile(r"<td(?:\s[^<>]{0,500})?>(?P<value>[^<>]{2,200})</td>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{1,2000}>")
_TAG_NAME = re.compile(r"\b(?:name|id)\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_TAG_VALUE = re.compile(
    r"\b(?:d|data-)?value\s*=\s*(?P<mark>[\"'])(?P<value>.{1,200}?)(?P=mark)", re.IGNORECASE
)
_USER_AT_HOST = re.compile(r"(?P<user>[\w.+*#-]{1,64})@(?P<host>[\w.-]{1,253}|\[[0-9A-Fa-f:]+\])", re.ASCII)
_SEPARATED = re.compile(r"(?<=[\xfe\xff])[^\xfe\xff\r\n]{3,200}(?=[\xfe\xff])")
"""A field of a record in which bytes that no text holds stand between the fields, and nothing names them."""

_DATE_OR_TIME = re.compile(
    r"\s*(?:\w{3,9},?\s)?(?:\w{3,9}\s\d{1,2}|\d{1,2}\s\w{3,9})(?:\s\d{4})?\s*"
    r"|[\d:.\-/_ ]*[:./_-][\d:.\-/_ ]*",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\+u([0-9A-Fa-f]{4})")
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[\w-]+(?:\.[\w-]+)+\.?")


@dataclass(slots=True, kw_only=True)
class Originals:
    """What is to be replaced, as decoded values.

    Attributes:
        names: Names of people, places and users.
        numbers: Telephone numbers and extensions.
        hosts: Host names and addresses.
        secrets: Cookies, tokens, serials.
        macs: MACs in any writing.
        kept: Texts that must stay: model, firmware, vendor.
    """

    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    macs: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    def party(self, text: str | None) -> None:
        """Takes a remote party, an account or a user in."""
        if text is None or is_common(text) or text in self.kept:
            return
        if is_number(text):
            # The digits of *21*204# are those of a code and of an extension.
            self.numbers.update(part for part in re.split(r"[*#]", text) if part)
        else:
            self.names.add(text)

    def host(self, text: str | None) -> None:
        """Takes a host in, without its port."""
        if text is None:
            return
        bare = text if is_address(text) else re.sub(r":\d{1,5}$", "", text).strip("[]")
        if bare not in self.kept and not is_common(bare):
            self.hosts.add(bare)

    def name(self, text: str | None) -> None:
        """Takes a name in."""
        if text is None or is_common(text) or text in self.kept:
            return
        if is_number(text):
            self.numbers.add(text)
        elif sum(map(str.isalpha, without(text, self.kept))) > 1:
            self.names.add(text)

    def secret(self, text: str) -> None:
        """Takes a cookie, a token or the like in."""
        if len(text) >= SHORTEST_SECRET and not is_common(text) and text not in self.kept:
            self.secrets.add(text)


def without(text: str, kept: Iterable[str]) -> str:
    """What of a name is left without model, vendor and the phone's own words."""
    for word in kept:
        text = text.replace(word, " ") if len(word) >= SHORTEST_NUMBER else text
    return " ".join(word for word in re.findall(r"\w+", text) if not is_common(word))


def originals(
    recording: Recording, identity: PhoneIdentity | None, log: CallLog | None, status: PhoneStatus | None
) -> Originals:
    """Everything in a recording that may be anybody's.

    Args:
        recording: The recording.
        identity: What the phone is, or None.
        log: What its lists show, or None where they were not read.
        status: What it says of its settings, or None.
    """
    found = Originals(kept=set(_kept(recording, identity, log, status)))
    for name in recording.names:
        found.name(name)
    for number in recording.numbers:
        found.party(number)
    for host in recording.hosts:
        found.host(host)
    found.macs.update(mac for mac in recording.macs if mac)
    if recording.credentials.username not in DEFAULT_USERS:
        found.party(recording.credentials.username)
    for values in (identity, log, status):
        if values is not None and values.mac:
            found.macs.add(values.mac)
    _of_session(found, recording)
    _of_values(found, log, status)
    lists = set() if log is None else {answer.content for answer in log.raw}
    for turn in recording.turns:
        _of_answer(found, turn.response)
        # Lists hold columns that no driver reads, and of what was not understood nobody knows what it holds.
        if turn.response.content in lists or (log is None and turn.in_session):
            _of_list(found, as_text(turn.response.content))
    found.names -= found.hosts
    return found


def _kept(
    recording: Recording, identity: PhoneIdentity | None, log: CallLog | None, status: PhoneStatus | None
) -> Iterator[str]:
    for values in (identity, log, status):
        if values is not None:
            yield from filter(None, (values.model, values.firmware))
    if recording.driver is not None:
        yield from (recording.driver.vendor, recording.driver.vendor.title(), recording.driver.vendor.upper())
    if recording.phone is not None:
        yield from recording.phone.variant.lists


def _of_session(found: Originals, recording: Recording) -> None:
    if recording.signed_in is not None:
        for value in (*recording.signed_in.cookies.values(), *recording.signed_in.values.values()):
            found.secret(value)
    for turn in recording.turns:
        for value in turn.response.cookies.values():
            found.secret(value)


def _of_values(found: Originals, log: CallLog | None, status: PhoneStatus | None) -> None:
    for shown in (log, status):
        if shown is not None:
            for account in shown.accounts.values():
                found.party(account)
    for snapshot in () if log is None else log.snapshots:
        for row in snapshot.entries:
            found.party(row.account)
            found.party(row.remote_number)
            found.host(row.remote_host)
            found.name(row.remote_name)


def _of_answer(found: Originals, response: Response) -> None:
    texts = [as_text(response.content), *(value for _, value in response.headers)]
    for text in texts:
        for match in _USER_AT_HOST.finditer(text):
            found.party(_plain(match["user"]))
            found.host(match["host"].rstrip("."))
        for name, value in _fields(text):
            _of_field(found, name, value)
        for match in _SEPARATED.finditer(text):
            value = _plain(match[0])
            if not _DATE_OR_TIME.fullmatch(value) and "@" not in value:
                _of_personal(found, value)


def _of_list(found: Originals, text: str) -> None:
    """Everything in an answer with call lists that reads like a name, whatever it is called."""
    values = [match["value"] for pattern in (_PAIR, _ELEMENT, _CELL) for match in pattern.finditer(text)]
    for value in map(_plain, values):
        if _looks_like_a_name(value) and not _is_code(value) and not _DATE_OR_TIME.fullmatch(value):
            found.name(value.strip())


def _looks_like_a_name(value: str) -> bool:
    """A letter beyond ASCII, or a word with a capital letter that is followed by small ones."""
    return any(letter.isalpha() and not letter.isascii() for letter in value) or bool(
        re.search(r"(?<![A-Za-z])[A-Z][a-z]{2,}", value)
    )


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of everything that is written as a field."""
    for pattern in (_PAIR, _ELEMENT):
        for match in pattern.finditer(text):
            yield match["name"], match["value"]
    for tag in _TAG.finditer(text):
        for name in _TAG_NAME.findall(tag[0]):
            for match in _TAG_VALUE.finditer(tag[0]):
                yield name, match["value"]


def _of_field(found: Originals, name: str, raw: str) -> None:
    value = _plain(raw).strip()
    if (
        len(value) < SHORTEST_NUMBER - 1
        or "\n" in raw
        or "<" in value
        or "=" in value
        or value.startswith("/")
    ):
        return
    if _SERIAL.search(name):
        found.secret(value)
    elif is_sensitive(name):
        # Shorter ones are settings, and constants that every phone of a vendor has.
        if len(value) >= _SHORTEST_UNNAMED and not _PLAIN_WORD.fullmatch(value):
            found.secret(value)
    elif _PERSONAL.search(name) and "@" not in value and "://" not in value:
        _of_personal(found, value)


def _of_personal(found: Originals, value: str) -> None:
    if is_address(value) or _HOST_NAME.fullmatch(value):
        found.host(value)
    elif is_number(value):
        if sum(map(str.isdigit, value)) >= SHORTEST_NUMBER:
            found.numbers.add(value)
    elif not _is_code(value):
        found.name(value)


def _is_code(value: str) -> bool:
    """An identifier of the page's own, not a person's name: ``tdAccount``, ``g_list``, ``T(…)``."""
    return bool(re.search(r"[(){}\[\];$]|[a-z][A-Z]|_", value))


def _plain(text: str) -> str:
    """A raw value of an answer, escapes resolved as far as they go."""
    try:
        text = outer(text)
    except UnicodeDecodeError:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(text))
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return re.sub(r"\\+([\"'/])", r"\1", joined)
