"""Mistakes that only show when tables are held against each other, or against the installed drivers.

All of it works on the raw tables, so that one wrong key hides no other mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from phonesync.config import checks
from phonesync.config.report import Report, texts_at
from phonesync.config.values import AgentConfig, PhoneConfig
from phonesync.driver.contract import Driver, Quirk, implied_variant
from phonesync.errors import DriverError
from phonesync.spelling import unknown


def check_names(report: Report, table: str, tables: Sequence[object]) -> None:
    """Adds names that stand twice."""
    _doubles(report, table, "name", texts_at(tables, "name"), lambda name: name)


def check_addresses(report: Report, phones: Sequence[object]) -> None:
    """Adds phones that share host and port, or a MAC."""
    _doubles(
        report, "phone", "url", texts_at(phones, "url"), lambda url: checks.address(checks.phone_url(url))
    )
    _doubles(report, "phone", "mac", texts_at(phones, "mac"), checks.mac)


def check_extensions(report: Report, path: tuple[str | int, ...], site: object) -> None:
    """Adds a site that gives its internal numbers twice."""
    if isinstance(site, dict) and "extension_length" in site and "extension_pattern" in site:
        report.add((*path, "extension_pattern"), "stands beside extension_length; keep one of the two.")


def check_health(report: Report, agent: AgentConfig) -> None:
    """Adds a place for ``/healthz`` that others can reach without that being stated."""
    if agent.health is None or agent.health_remote or checks.is_loopback(agent.health):
        return
    report.add(
        ("agent", "health"),
        "can be reached by others than this machine; if that is meant, add health_remote = true.",
    )


def check_sites(report: Report, phones: Sequence[object], names: Sequence[str]) -> None:
    """Adds phones of an unknown site, and phones without one where there are several."""
    for position, phone in enumerate(phones):
        if not isinstance(phone, dict):
            continue
        site = phone.get("site")
        path = ("phone", position, "site")
        if isinstance(site, str) and site not in names:
            report.add(path, unknown("site", site, names))
        elif site is None and len(names) > 1:
            report.add(path, f"is missing; with several sites each phone names its own: {', '.join(names)}.")


def check_drivers(
    report: Report, phones: Sequence[object], drivers: Callable[[], Mapping[str, Driver]]
) -> None:
    """Adds unknown drivers, variants and quirks; loads the drivers only where a phone names one of these."""
    named = [
        (position, phone)
        for position, phone in enumerate(phones)
        if isinstance(phone, dict) and phone.keys() & {"driver", "variant", "quirks"}
    ]
    if not named:
        return
    try:
        installed = drivers()
    except DriverError as error:
        report.add(("phone", named[0][0], "driver"), str(error))
        return
    for position, phone in named:
        _check_driver(report, ("phone", position), phone, installed)


def unasked(phones: Iterable[PhoneConfig], drivers: Callable[[], Mapping[str, Driver]]) -> frozenset[str]:
    """Names of phones whose driver never signs in to them."""
    return frozenset(
        phone.name
        for phone in phones
        if phone.driver and implied_variant(drivers()[phone.driver]) is not None
    )


def _check_driver(
    report: Report,
    path: tuple[str, int],
    phone: Mapping[str, Any],
    installed: Mapping[str, Driver],
) -> None:
    driver, variant, quirks = phone.get("driver"), phone.get("variant"), phone.get("quirks")
    if isinstance(driver, str) and driver not in installed:
        report.add((*path, "driver"), unknown("driver", driver, installed))
        return
    meant: Sequence[Driver] = [installed[driver]] if isinstance(driver, str) else list(installed.values())
    if isinstance(variant, str):
        owners = [one.name for one in meant if variant in one.variants]
        if not owners:
            known = [name for one in meant for name in one.variants]
            report.add((*path, "variant"), unknown("variant", variant, known))
        elif len(owners) > 1:
            report.add(
                (*path, "variant"), f"is a variant of {' and '.join(owners)}; name the driver beside it."
            )
    if isinstance(quirks, dict):
        _check_quirks(report, (*path, "quirks"), quirks, [quirk for one in meant for quirk in one.quirks])


def _check_quirks(
    report: Report,
    path: tuple[str | int, ...],
    quirks: Mapping[str, object],
    known: Iterable[Quirk],
) -> None:
    allowed: dict[str, tuple[str, ...]] = {}
    for quirk in known:
        allowed[quirk.name] = (*allowed.get(quirk.name, ()), *quirk.values)
    for name, value in quirks.items():
        if name not in allowed:
            report.add((*path, name), unknown("quirk", name, allowed))
        elif isinstance(value, str) and value not in allowed[name]:
            report.add((*path, name), unknown("value", value, allowed[name]))


def _doubles(
    report: Report,
    table: str,
    key: str,
    values: Mapping[int, str],
    same: Callable[[str], str],
) -> None:
    """Adds each value that means the same as an earlier one; malformed values are reported elsewhere."""
    first: dict[str, int] = {}
    for position, value in values.items():
        try:
            meaning = same(value)
        except ValueError:
            continue
        earlier = first.setdefault(meaning, position)
        if earlier != position:
            where = report.where((table, earlier, key))
            report.add(
                (table, position, key), f'"{value}" stands at {where} already; each {table} needs its own.'
            )
