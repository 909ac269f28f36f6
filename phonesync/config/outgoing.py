"""The tables ``[mail]``, ``[[digest]]`` and ``[[webhook]]``: what goes out by itself, when, and where to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from phonesync.config import checks
from phonesync.config.calls import weekdays
from phonesync.config.passwords import PasswordSource
from phonesync.config.report import Report, texts_at
from phonesync.config.table import Duration, Name, Password, Table, nothing
from phonesync.spelling import unknown

TLS = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""The usual port of each kind of encryption."""

CALL_SETTLED, CALL_HANDED_OVER = "call.settled", "call.handed_over"
EVENTS = (CALL_SETTLED, CALL_HANDED_OVER)
"""What webhooks are told of."""

LANGUAGES = ("en", "ru")
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,255}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOST_PORT = 65_535

OneTable = TypeVar("OneTable", bound=Table)


def _tls(value: str) -> str:
    if value not in TLS:
        raise ValueError(unknown("kind of encryption", value, TLS))
    return value


def _port(value: int) -> int:
    if not 1 <= value <= _MOST_PORT:
        raise ValueError(f"must be a port, 1 to {_MOST_PORT}.")
    return value


def _host(value: str) -> str:
    try:
        checks.host(checks.split(f"smtp://{value}"))
    except ValueError:
        raise ValueError(f'"{value}" is no host; the port stands under port.') from None
    if not re.fullmatch(r"[^/:@?#]+|\[[0-9A-Fa-f:.]+\]", value):
        raise ValueError(f'"{value}" is no host; the port stands under port.')
    return value


def _address(value: str) -> str:
    """One mail address, without a name beside it."""
    if not _ADDRESS.fullmatch(value) or not value.isascii():
        raise ValueError(f'"{value}" is no mail address like "team@office.example".')
    return value


def _texts(value: Any) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not all(isinstance(one, str) for one in several):
        raise ValueError("must be a text in quotes, or a list of such texts.")
    return tuple(dict.fromkeys(several))


def _addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_address(one) for one in value)


def _times(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not _TIME.fullmatch(one):
            raise ValueError(f'"{one}" is no time of day like "09:00".')
    if not value:
        raise ValueError('must be a time of day like "09:00", or a list of such times.')
    return tuple(sorted(value))


def _days(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        weekdays(one)
    if not value:
        raise ValueError("must name a day; left out, every day counts.")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(unknown("language", value, LANGUAGES))
    return value


def _events(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if one not in EVENTS:
            raise ValueError(unknown("event", one, EVENTS))
    if not value:
        raise ValueError(f"must name an event: {', '.join(EVENTS)}.")
    return value


def _url(value: str) -> str:
    """An address that is told something."""
    parts = checks.split(value)
    if parts.scheme not in ("http", "https"):
        raise ValueError(
            'must begin with http:// or https://, for example "https://crm.example/hooks/calls".'
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold user or password; sign what is sent with secret instead.")
    if parts.fragment:
        raise ValueError("must not hold a part after #: it is never sent.")
    checks.host(parts)
    checks.port(parts)
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Url = Annotated[str, AfterValidator(_url)]


class MailConfig(Table):
    """The server that mail is handed to.

    Attributes:
        host: Name or address.
        port: None: the usual one of ``tls``.
        tls: ``starttls``, ``tls`` (from the first byte) or ``none``.
        username: To sign in with; None: without.
        password: Where its password comes from.
        sender: Address that mail comes from; ``from`` in the file.
        timeout: How long the server may take for an answer.
    """

    host: Annotated[str, AfterValidator(_host)]
    port: Annotated[int, AfterValidator(_port)] | None = None
    tls: Annotated[str, AfterValidator(_tls)] = "starttls"
    username: Name | None = Field(default=None, repr=False)
    password: Password = None
    sender: Annotated[str, AfterValidator(_address)] = Field(alias="from")
    timeout: Duration = timedelta(minutes=1)

    @property
    def served_port(self) -> int:
        """The port."""
        return PORTS[self.tls] if self.port is None else self.port


class DigestConfig(Table):
    """A summary of open call-backs at set times.

    Attributes:
        name: Unique, among webhooks too.
        at: Times of day, as ``HH:MM``.
        days: Weekdays, or first and last of several.
        timezone: Of these times; None: that of the first site.
        to: Addresses of mail.
        webhook: Address that is told, besides or in place of mail; None: none.
        secret: Signs what the webhook is told.
        owners: Only call-backs of these people, extensions and groups.
        departments: Only those of these departments; both empty: all.
        language: ``en`` or ``ru``.
        empty: Send it too where nothing is open.
    """

    name: Name
    at: Annotated[Texts, AfterValidator(_times)]
    days: Annotated[Texts, AfterValidator(_days)] = ("monday-sunday",)
    timezone: Annotated[str, AfterValidator(checks.zone)] | None = None
    to: Annotated[Texts, AfterValidator(_addresses)] = ()
    webhook: Url | None = None
    secret: Password = None
    owners: Texts = ()
    departments: Texts = ()
    language: Annotated[str, AfterValidator(_language)] = "en"
    empty: bool = False

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The latest instant, not after ``now``, that it was due at within a day; None where there is none.

        Args:
            now: Aware.
            zone: Whose clock its times are read by.
        """
        local = now.astimezone(zone)
        wanted = {day for days in self.days for day in weekdays(days)}
        for date in (local.date(), local.date() - timedelta(days=1)):
            for text in reversed(self.at):
                due = datetime.combine(date, time.fromisoformat(text), tzinfo=zone)
                if date.weekday() in wanted and due <= local:
                    return due.astimezone(now.tzinfo)
        return None


class WebhookConfig(Table):
    """An address that is told what happens.

    Attributes:
        name: Unique, among digests too.
        url: The address.
        secret: Signs what it is told.
        events: What it is told of.
    """

    name: Name
    url: Url
    secret: Password = None
    events: Annotated[Texts, AfterValidator(_events)] = (CALL_SETTLED,)


class OutgoingConfig(Table):
    """All that goes out by itself.

    Attributes:
        mail: None: nothing goes by mail.
        digests: Tables ``digest``.
        webhooks: Tables ``webhook``.
        lines: Name of a digest or webhook ("" for mail) to file and line of its secret, for messages.
    """

    mail: MailConfig | None = None
    digests: tuple[DigestConfig, ...] = ()
    webhooks: tuple[WebhookConfig, ...] = ()
    lines: Mapping[str, str] = Field(default_factory=nothing, repr=False)

    def told_of(self, event: str) -> tuple[str, ...]:
        """Names of the webhooks that are told of an event."""
        return tuple(hook.name for hook in self.webhooks if event in hook.events)

    @property
    def passwords(self) -> Iterator[tuple[str, str, PasswordSource | None]]:
        """Name of a digest or webhook ("" for mail), what it is in words, and its password or secret."""
        if self.mail is not None:
            yield "", "the mail server", self.mail.password
        yield from ((one.name, f"digest {one.name}", one.secret) for one in self.digests)
        yield from ((one.name, f"webhook {one.name}", one.secret) for one in self.webhooks)


def read_outgoing(report: Report, raw: Mapping[str, Any]) -> OutgoingConfig:
    """The three tables; their mistakes are added to the report."""
    mail = report.table(MailConfig, raw["mail"], ("mail",)) if "mail" in raw else None
    _check_pair(report, raw.get("mail"), ("mail",))
    names: dict[str, str] = {}
    digests = _several(report, raw, "digest", DigestConfig, names)
    webhooks = _several(report, raw, "webhook", WebhookConfig, names)
    tables = raw.get("digest", [])
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            _check_digest(report, position, table, has_mail="mail" in raw)
    lines = {"": report.where(("mail", "password"))}
    lines |= {one.name: report.where(("digest", at, "secret")) for at, one in enumerate(digests)}
    lines |= {one.name: report.where(("webhook", at, "secret")) for at, one in enumerate(webhooks)}
    return OutgoingConfig(mail=mail, digests=digests, webhooks=webhooks, lines=lines)


def _several(
    report: Report, raw: Mapping[str, Any], word: str, kind: type[OneTable], names: dict[str, str]
) -> tuple[OneTable, ...]:
    tables = raw.get(word, [])
    if not isinstance(tables, list):
        report.add((word,), f"must be written [[{word}]], in double brackets, once for each.")
        return ()
    for position, name in texts_at(tables, "name").items():
        where = report.where((word, position, "name"))
        earlier = names.setdefault(name, where)
        if earlier != where:
            message = f'"{name}" stands at {earlier} already; each digest and webhook needs its own.'
            report.add((word, position, "name"), message)
    found = [report.table(kind, table, (word, at)) for at, table in enumerate(tables)]
    return tuple(one for one in found if one is not None)


def _check_pair(report: Report, table: object, path: tuple[str, ...]) -> None:
    if not isinstance(table, dict):
        return
    for one, other in (("username", "password"), ("password", "username")):
        if one in table and other not in table:
            report.add((*path, one), f"needs {other} beside it.")
    if table.get("tls") == "none" and "password" in table:
        report.add((*path, "password"), 'would be sent unencrypted; set tls to "starttls" or "tls".')


def _check_digest(report: Report, position: int, table: Mapping[str, Any], *, has_mail: bool) -> None:
    path = ("digest", position)
    if not table.get("to") and "webhook" not in table:
        report.add(path, "goes nowhere: name addresses under to, or an address under webhook.")
    if table.get("to") and not has_mail:
        report.add((*path, "to"), "needs a table [mail]: the server that mail is handed to.")
    if "secret" in table and "webhook" not in table:
        report.add((*path, "secret"), "signs what a webhook is told; there is no webhook beside it.")
