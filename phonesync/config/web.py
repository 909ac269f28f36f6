"""The tables ``[web]`` and ``[phonebook]``: where phones reach us, and what their phonebooks share."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from phonesync.config import checks
from phonesync.config.report import Report
from phonesync.config.table import Name, Password, Table


def _public_url(value: str) -> str:
    """An address under which phones reach us: scheme, host, port and path, without a slash at the end."""
    parts = checks.split(value)
    if parts.scheme not in ("http", "https") or not value.lower().startswith(("http://", "https://")):
        raise ValueError('must begin with http:// or https://, for example "http://192.0.2.5:8080".')
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold user or password; put them under username and password.")
    if parts.query or parts.fragment or not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", parts.path):
        raise ValueError("must end after a plain path: letters, digits and . _ ~ - between slashes.")
    host, port = checks.host(parts), checks.port(parts)
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "") + parts.path.rstrip("/")


def _texts(value: Any) -> Any:
    """A list of texts; anything else is left to be refused."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list of texts in quotes, for example ["192.0.2.5"].')
    return tuple(value)


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks, each in its usual form."""
    found = []
    for item in value:
        try:
            network = ipaddress.ip_network(item)
        except ValueError as error:
            raise ValueError(f'"{item}" is no address and no network like "192.0.2.0/24".') from error
        found.append(str(network) if "/" in item else str(network.network_address))
    return tuple(found)


def _basic_user(value: str) -> str:
    """A user for Basic authentication, which ends at a colon."""
    if ":" in checks.name(value):
        raise ValueError("must not hold a colon: in Basic authentication the password begins there.")
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class WebConfig(Table):
    """Where phones reach us: phonebooks, and reports of phones.

    Attributes:
        listen: ``HOST:PORT`` with a host that is an address; None for nowhere.
        public_url: How phones reach it: scheme, host, port and path without a slash at the end.
        certificate: Chain in PEM, relative to the configuration's folder; None for plain HTTP.
        private_key: Its key in PEM.
        tls_legacy: Allow TLS 1.0 and old ciphers.
        trusted_proxies: Addresses and networks whose ``X-Forwarded-For`` and ``-Proto`` are believed.
        username: Of phonebooks, by Basic authentication; None asks for none.
        password: Where its password comes from.
    """

    listen: Annotated[str, AfterValidator(checks.listen)] | None = None
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    certificate: Name | None = None
    private_key: Name | None = None
    tls_legacy: bool = False
    trusted_proxies: Annotated[Texts, AfterValidator(_networks)] = ()
    username: Annotated[str, AfterValidator(_basic_user)] | None = Field(default=None, repr=False)
    password: Password = None

    @property
    def base_url(self) -> str | None:
        """How phones reach us: ``public_url``, else ``listen`` where it is one address; else None."""
        if self.public_url is not None or self.listen is None or checks.is_any_address(self.listen):
            return self.public_url
        return f"{'http' if self.certificate is None else 'https'}://{self.listen}"


class PhonebookConfig(Table):
    """What all phonebooks of phones share.

    Attributes:
        title: Shown above each.
        canary: Each book holds a contact whose name is the hour the book was made in.
    """

    title: Name = "Contacts"
    canary: bool = False


def read_web(report: Report, raw: Mapping[str, Any]) -> tuple[WebConfig, PhonebookConfig]:
    """Both tables; their mistakes, keys that need another one beside them included, go into the report."""
    web = report.table(WebConfig, raw.get("web", {}), ("web",)) or WebConfig()
    phonebook = report.table(PhonebookConfig, raw.get("phonebook", {}), ("phonebook",)) or PhonebookConfig()
    for one, other in (("certificate", "private_key"), ("username", "password")):
        for has, lacks in ((one, other), (other, one)):
            if getattr(web, has) is not None and getattr(web, lacks) is None:
                report.add(("web", has), f"needs {lacks} beside it.")
    return web, phonebook


def web_warnings(report: Report, web: WebConfig) -> Iterator[str]:
    """What phones could not reach, though nothing is wrong with the file."""
    if web.listen is None:
        if web != WebConfig():
            yield f"{report.where(('web',))}: [web] has no listen, so that phones are served nothing."
        return
    listens, named = report.where(("web", "listen")), report.where(("web", "public_url"))
    if web.public_url is None:
        if checks.is_any_address(web.listen):
            yield f"{listens}: without public_url nobody knows the address by which phones reach this."
        elif checks.is_loopback(web.listen):
            yield f"{listens}: {web.listen} is this machine alone; no phone can reach it."
        return
    if _is_local(web.public_url):
        yield f"{named}: {web.public_url} is this machine alone; no phone can reach it."
    if web.certificate is not None and web.public_url.startswith("http:"):
        yield f"{named}: begins with http://, but with a certificate only https:// is answered."


def _is_local(url: str) -> bool:
    """Whether a checked address names this machine alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
