"""Reads a configuration file, and reports every mistake in it at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from phonesync import registry
from phonesync.config.access import AccessConfig, read_access
from phonesync.config.calls import CallbacksConfig, GroupConfig, group_warnings, read_callbacks, read_groups
from phonesync.config.cdr import CdrConfig, read_records
from phonesync.config.contacts import ContactSourceConfig, read_sources, unseen
from phonesync.config.crosschecks import (
    check_addresses,
    check_drivers,
    check_extensions,
    check_health,
    check_names,
    check_sites,
    unasked,
)
from phonesync.config.lines import KeyPath, Lines, unclosed_since
from phonesync.config.outgoing import OutgoingConfig, read_outgoing
from phonesync.config.outlets import read_outlets
from phonesync.config.passwords import PasswordSource, is_plain, plain_text_warning
from phonesync.config.report import Report, texts_at
from phonesync.config.values import (
    AgentConfig,
    Config,
    PhoneConfig,
    SecretsConfig,
    SiteConfig,
    StoreConfig,
)
from phonesync.config.web import WebConfig, read_web, web_warnings
from phonesync.driver.contract import Driver
from phonesync.errors import ConfigError, Problem
from phonesync.spelling import unknown

VARIABLE = "PHONESYNC_CONFIG"
"""The environment variable that names the file."""

DEFAULT_FILE = "config.toml"
"""The file, where neither the command line nor the environment names one."""

_TABLES = (
    *("store", "site", "agent", "secrets", "web", "phonebook"),
    *("phone", "contacts", "cdr", "group", "callbacks", "journal", "role", "oidc"),
    *("export", "recordings", "crm", "dial", "mail", "digest", "webhook"),
)
_REPEATED = ("Cannot overwrite a value", "Cannot declare", "Duplicate inline table key", "Cannot redefine")


def locate(path: Path | None, env: Mapping[str, str]) -> Path:
    """The file to read: ``path``, else the one in ``$PHONESYNC_CONFIG``, else ``config.toml``."""
    return path if path is not None else Path(env.get(VARIABLE) or DEFAULT_FILE)


def template() -> str:
    """The commented file that ``phonesync init`` writes."""
    return files("phonesync").joinpath("config_template.toml").read_text(encoding="utf-8")


def load(
    path: Path | None = None,
    *,
    env: Mapping[str, str] | None = None,
    drivers: Callable[[], Mapping[str, Driver]] = registry.drivers,
) -> Config:
    """Reads and checks a configuration file.

    Passwords are not looked up here (``phonesync.config.resolving`` does it when they are needed), so that
    commands that read no phone work without them.

    Args:
        path: The file, or None for ``$PHONESYNC_CONFIG``, else ``config.toml``.
        env: Environment variables; the process's own by default.
        drivers: Gives the installed drivers; asked only where a phone names a driver, variant or quirk.

    Raises:
        ConfigError: Every mistake of the file, each with file and line.
    """
    file = locate(path, os.environ if env is None else env)
    text = _text(file)
    raw, report = _parsed(text, file), Report(str(file), Lines(text))
    for key in raw.keys() - set(_TABLES):
        report.add((key,), unknown("table", key, _TABLES))
    store, agent, secrets = *_store_and_agent(report, raw), _secrets(report, raw, file)
    web, phonebook = read_web(report, raw)
    journal = _journal(report, raw)
    sites, phones = _sites(report, raw), _phones(report, raw, drivers)
    sources = read_sources(report, raw, _site_names(raw))
    groups, callbacks, records = _calls(report, raw)
    report.raise_if_any()
    return Config(
        path=file.absolute(),
        store=store,
        sites=sites,
        agent=agent,
        secrets=secrets,
        web=web,
        phonebook=phonebook,
        phones=phones,
        contact_sources=sources,
        group_tables=groups,
        callbacks=callbacks,
        warnings=tuple(_warnings(report, store, web, phones, sources, groups, journal)),
        cdr=records,
        unasked=unasked(phones, drivers),
        **journal,
        **_lines_of_passwords(report, phones, sources),
    )


def _journal(report: Report, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields of the configuration: what the site for people goes by."""
    return {
        "access": read_access(report, raw),
        "outlets": read_outlets(report, raw),
        "outgoing": read_outgoing(report, raw),
    }


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"The configuration file {file} does not exist.",
            hint="`phonesync init` writes one; --config PATH before the command names another.",
        ) from error
    except OSError as error:
        raise ConfigError(f"The configuration file {file} cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(where=f"{file}:{line}", key="", message="is not UTF-8; save the file as UTF-8.")
        raise ConfigError([problem]) from error


def _parsed(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error))
        if match:
            what, line = match[1], int(match[2])
        else:
            what, line = "what begins here is never closed", unclosed_since(text)
        if what.startswith(_REPEATED):
            what = "this key or table stands a second time"
        problem = Problem(where=f"{file}:{line}", key="", message=f"is not valid TOML: {what}.")
        raise ConfigError([problem]) from error


def _store_and_agent(report: Report, raw: Mapping[str, Any]) -> tuple[StoreConfig, AgentConfig]:
    store = report.table(StoreConfig, raw.get("store", {}), ("store",)) or StoreConfig()
    agent = report.table(AgentConfig, raw.get("agent", {}), ("agent",)) or AgentConfig()
    check_health(report, agent)
    return store, agent


def _secrets(report: Report, raw: Mapping[str, Any], file: Path) -> SecretsConfig:
    secrets = report.table(SecretsConfig, raw.get("secrets", {}), ("secrets",)) or SecretsConfig()
    if file.parent / secrets.file == file.parent / secrets.key_file:
        report.add(("secrets", "file"), "is the key_file too; secrets and their keys need a file each.")
    return secrets


def _sites(report: Report, raw: Mapping[str, Any]) -> tuple[SiteConfig, ...]:
    """The sites, from one ``[site]`` or several ``[[site]]``."""
    value = raw.get("site")
    if value is None or value == []:
        report.add(("site",), "is missing; write a [site] with name, timezone and country.")
        return ()
    tables: list[tuple[KeyPath, object]] = [(("site",), value)]
    if isinstance(value, list):
        check_names(report, "site", value)
        tables = [(("site", position), table) for position, table in enumerate(value)]
    found = []
    for path, table in tables:
        check_extensions(report, path, table)
        found.append(report.table(SiteConfig, table, path))
    return tuple(site for site in found if site is not None)


def _site_names(raw: Mapping[str, Any]) -> tuple[str, ...]:
    site = raw.get("site", [])
    return tuple(texts_at(site if isinstance(site, list) else [site], "name").values())


def _phones(
    report: Report,
    raw: Mapping[str, Any],
    drivers: Callable[[], Mapping[str, Driver]],
) -> tuple[PhoneConfig, ...]:
    """The phones, each with the name of its site."""
    tables = raw.get("phone", [])
    if not isinstance(tables, list):
        report.add(("phone",), "must be written [[phone]], in double brackets, once for each phone.")
        return ()
    sites = _site_names(raw)
    check_names(report, "phone", tables)
    check_addresses(report, tables)
    check_sites(report, tables, sites)
    check_drivers(report, tables, drivers)
    found = [report.table(PhoneConfig, table, ("phone", at)) for at, table in enumerate(tables)]
    return tuple(
        phone if phone.site or not sites else phone.model_copy(update={"site": sites[0]})
        for phone in found
        if phone is not None
    )


def _calls(
    report: Report, raw: Mapping[str, Any]
) -> tuple[tuple[GroupConfig, ...], CallbacksConfig, tuple[CdrConfig, ...]]:
    tables = raw.get("group", [])
    if isinstance(tables, list):
        check_names(report, "group", tables)
    records = read_records(report, raw, _site_names(raw))
    return read_groups(report, raw), read_callbacks(report, raw), records


def _lines_of_passwords(
    report: Report, phones: Sequence[PhoneConfig], sources: Sequence[ContactSourceConfig]
) -> Mapping[str, Any]:
    """Fields of the configuration: file and line of each password."""
    return {
        "web_password_line": report.where(("web", "password")),
        "store_password_line": report.where(("store", "password")),
        "password_lines": _password_lines(report, "phone", phones),
        "contact_lines": _password_lines(report, "contacts", sources),
    }


def _password_lines(
    report: Report, table: str, named: Sequence[PhoneConfig | ContactSourceConfig]
) -> Mapping[str, str]:
    return {one.name: report.where((table, position, "password")) for position, one in enumerate(named)}


def _passwords(
    report: Report,
    store: StoreConfig,
    web: WebConfig,
    phones: Sequence[PhoneConfig],
    sources: Sequence[ContactSourceConfig],
    journal: Mapping[str, Any],
) -> Iterable[tuple[str, str, PasswordSource | None]]:
    """Every password that may stand in the file: file and line, whose it is, and the password."""
    yield report.where(("store", "password")), "the store", store.password
    yield report.where(("web", "password")), "the phonebooks", web.password
    for at, phone in enumerate(phones):
        yield report.where(("phone", at, "password")), f"phone {phone.name}", phone.password
    for at, source in enumerate(sources):
        yield report.where(("contacts", at, "password")), f"source {source.name}", source.password
    access: AccessConfig = journal["access"]
    if access.oidc is not None:
        yield report.where(("oidc", "client_secret")), "the identity provider", access.oidc.client_secret
    outgoing: OutgoingConfig = journal["outgoing"]
    for name, whose, password in outgoing.passwords:
        yield outgoing.lines[name], whose, password


def _warnings(
    report: Report,
    store: StoreConfig,
    web: WebConfig,
    phones: Sequence[PhoneConfig],
    sources: Sequence[ContactSourceConfig],
    groups: Sequence[GroupConfig],
    journal: Mapping[str, Any],
) -> Iterable[str]:
    named = _passwords(report, store, web, phones, sources, journal)
    plain = [(where, whose) for where, whose, password in named if is_plain(password)]
    if plain:
        yield plain_text_warning(plain)
    for at, phone in enumerate(phones):
        if phone.tls != "tofu" and phone.url.startswith("http:"):
            where = report.where(("phone", at, "tls"))
            yield f"{where}: tls has no effect on phone {phone.name}: its url is http."
    for at in unseen(tuple(sources), {(phone.site, phone.department) for phone in phones}) if phones else ():
        where = report.where(("contacts", at, "department"))
        yield f"{where}: no phone is of the site and department of source {sources[at].name}: nobody sees it."
    if not phones:
        yield f"{report.where(())}: no [[phone]] is listed, so there is nothing to read."
    yield from web_warnings(report, web)
    yield from group_warnings(report, groups, [phone.extension for phone in phones])
