"""Reads a configured source, of whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from phonesync.config.resolving import resolve_contact_password
from phonesync.contacts import csv_file
from phonesync.contacts.files import content
from phonesync.contacts.values import Harvest
from phonesync.errors import ConfigError, SourceError
from phonesync.numbering import DialPlan
from phonesync.store.contact_records import ContactSourceState, KeptContact

if TYPE_CHECKING:
    from phonesync.config import Config, ContactSourceConfig
    from phonesync.contacts.ldap import Directory


def harvest(
    config: Config,
    source: ContactSourceConfig,
    *,
    state: ContactSourceState,
    kept: Sequence[KeptContact],
    env: Mapping[str, str] | None = None,
) -> Harvest:
    """Everything a source holds.

    Args:
        config: The configuration.
        source: One of its sources.
        state: What is known of the source.
        kept: Its contacts in the store, for sources that tell only what has changed.
        env: Environment variables; the process's own by default.

    Raises:
        SourceError: It cannot be read.
    """
    # The configuration was checked: a source has the keys that its kind needs.
    path = config.base / (source.path or "")
    if source.kind == "csv":
        return csv_file.parse(
            content(path),
            file=path.name,
            columns=source.columns,
            delimiter=source.delimiter,
            encoding=source.encoding,
        )
    if source.kind == "vcard":
        from phonesync.contacts import vcard  # noqa: PLC0415  vobject takes long to load

        return vcard.read(path)
    password = _password(config, source, env)
    ca_file = None if source.ca_file is None else config.base / source.ca_file
    if source.kind == "carddav":
        from phonesync.contacts import carddav  # noqa: PLC0415  vobject takes long to load

        access = carddav.Access(
            url=source.url or "",
            username=source.username,
            password=password,
            tls=source.tls,
            ca_file=ca_file,
        )
        return carddav.harvest(access, token=state.token, kept=kept)
    from phonesync.contacts import ldap  # noqa: PLC0415  ldap3 takes long to load

    return ldap.harvest(_directory(source, password, ca_file))


def _directory(source: ContactSourceConfig, password: str, ca_file: Path | None) -> Directory:
    from phonesync.contacts import ldap  # noqa: PLC0415  ldap3 takes long to load

    return ldap.Directory(
        url=source.url or "",
        username=source.username,
        password=password,
        tls=source.tls,
        ca_file=ca_file,
        start_tls=source.start_tls,
        base=source.base or "",
        filter=source.filter,
        subtree=source.subtree,
        page_size=source.page_size,
        attributes={**ldap.ATTRIBUTES, **source.attributes},
    )


def plans_of(config: Config, source: ContactSourceConfig | None) -> tuple[DialPlan, ...]:
    """The dial plans by which the numbers of a source may have been written.

    Args:
        config: The configuration.
        source: One of its sources; None for phonesync's own contacts.
    """
    site = None if source is None else source.site
    return tuple(one.dial_plan for one in config.sites if site in (None, one.name))


def _password(config: Config, source: ContactSourceConfig, env: Mapping[str, str] | None) -> str:
    """The password of a source; empty where none is configured.

    Raises:
        SourceError: It cannot be had.
    """
    try:
        return resolve_contact_password(config, source, env=env)
    except ConfigError as error:
        raise SourceError(f"The password of {source.name} cannot be had: {error.message}") from error
