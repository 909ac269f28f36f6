"""The passwords that a configuration names, looked up when they are about to be needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from phonesync.config.contacts import ContactSourceConfig
from phonesync.config.passwords import Passwords, PasswordSource, read_password
from phonesync.config.values import Config, PhoneConfig
from phonesync.errors import ConfigError, Problem

_NAMED_PHONES = 3


def resolve_passwords(
    config: Config,
    names: Iterable[str] | None = None,
    *,
    env: Mapping[str, str] | None = None,
) -> Passwords:
    """The passwords of phones that are about to be read.

    Args:
        config: The configuration.
        names: Names of phones; None for all that are enabled.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: Every password that cannot be had, one problem for each cause; or an unknown name.
    """
    wanted = (
        [phone for phone in config.phones if phone.enabled]
        if names is None
        else [config.phone(name) for name in names]
    )
    found: dict[str, str] = {}
    missing: dict[str, list[PhoneConfig]] = {}
    for phone in wanted:
        try:
            found[phone.name] = resolve_password(config, phone, env=env)
        except ConfigError as error:
            missing.setdefault(error.problems[0].message, []).append(phone)
    if missing:
        raise ConfigError([_missing(config, message, phones) for message, phones in missing.items()])
    return Passwords(found)


def resolve_password(config: Config, phone: PhoneConfig, *, env: Mapping[str, str] | None = None) -> str:
    """The password of one phone.

    Args:
        config: The configuration.
        phone: One of its phones.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    found = os.environ if env is None else env
    if phone.password is None and phone.name in config.unasked:
        return ""
    try:
        return read_password(phone.password, base=config.base, env=found, secrets=config.kept)
    except ValueError as error:
        problem = Problem(where=f"phone {phone.name}", key="password", message=str(error))
        raise ConfigError([problem]) from error


def resolve_store_password(config: Config, *, env: Mapping[str, str] | None = None) -> str:
    """The password of the store; empty where the configuration names none.

    Args:
        config: The configuration.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    return _resolved(
        config, config.store.password, where=config.store_password_line, key="store.password", env=env
    )


def resolve_web_password(config: Config, *, env: Mapping[str, str] | None = None) -> str:
    """The password of phonebooks; empty where the configuration names none.

    Args:
        config: The configuration.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    return _resolved(config, config.web.password, where=config.web_password_line, key="web.password", env=env)


def resolve_provider_secret(config: Config, *, env: Mapping[str, str] | None = None) -> str:
    """The secret that the identity provider gave this site; empty where the configuration names no provider.

    Args:
        config: The configuration.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    oidc = config.access.oidc
    source = None if oidc is None else oidc.client_secret
    return _resolved(config, source, where=f"{config.path.name}", key="oidc.client_secret", env=env)


def resolve_contact_password(
    config: Config, source: ContactSourceConfig, *, env: Mapping[str, str] | None = None
) -> str:
    """The password of a source of contacts; empty where the configuration names none.

    Args:
        config: The configuration.
        source: One of its sources.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    where = config.contact_lines.get(source.name, f"source {source.name}")
    return _resolved(config, source.password, where=where, key="contacts.password", env=env)


def resolve_outgoing_secret(config: Config, name: str, *, env: Mapping[str, str] | None = None) -> str:
    """The secret of a digest or webhook, or the password of the mail server; empty where none is named.

    Args:
        config: The configuration.
        name: Of the digest or webhook; "" for the mail server.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: It cannot be had; the one problem says why.
    """
    source = next((source for known, _, source in config.outgoing.passwords if known == name), None)
    where = config.outgoing.lines.get(name, name)
    return _resolved(config, source, where=where, key="secret" if name else "mail.password", env=env)


def _resolved(
    config: Config, source: PasswordSource | None, *, where: str, key: str, env: Mapping[str, str] | None
) -> str:
    if source is None:
        return ""
    try:
        found = os.environ if env is None else env
        return read_password(source, base=config.base, env=found, secrets=config.kept)
    except ValueError as error:
        raise ConfigError([Problem(where=where, key=key, message=str(error))]) from error


def _missing(config: Config, message: str, phones: Sequence[PhoneConfig]) -> Problem:
    """One problem for all phones that one cause keeps from being read."""
    shown = ", ".join(phone.name for phone in phones[:_NAMED_PHONES])
    more = f" and {len(phones) - _NAMED_PHONES} more" if len(phones) > _NAMED_PHONES else ""
    return Problem(
        where=config.password_lines.get(phones[0].name, f"phone {phones[0].name}"),
        key="password",
        message=f"{message.removesuffix('.')} (for {shown}{more}).",
    )
