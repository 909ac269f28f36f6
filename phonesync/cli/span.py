"""``--since`` and ``--until``: a date or an ISO time in the site's zone, half-open."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from phonesync.errors import ConfigError

if TYPE_CHECKING:
    from phonesync.config import Config


def span(
    since: str | None,
    until: str | None,
    *,
    config: "Config",
    phone: str | None,
) -> tuple[datetime | None, datetime | None]:
    """Both options as instants, UTC.

    A date is its midnight. A time without an offset is read in the zone of the named phone, else in the zone
    that all sites share; where they differ, the offset must be given.

    Raises:
        ConfigError: Neither a date nor a time, no zone to read it in, or the end lies before the start.
    """

    def zone() -> ZoneInfo:
        return _zone(config, phone)

    start, end = _instant(since, "--since", zone), _instant(until, "--until", zone)
    if start is not None and end is not None and end < start:
        raise ConfigError("--until lies before --since.", hint="The span runs from --since up to --until.")
    return start, end


def _instant(text: str | None, option: str, zone: Callable[[], ZoneInfo]) -> datetime | None:
    if text is None:
        return None
    try:
        shown = datetime.fromisoformat(text.strip())
        aware = shown if shown.tzinfo is not None else shown.replace(tzinfo=zone())
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f'{option} "{text}" is neither a date nor an ISO 8601 time.',
            hint='Write 2026-01-31, "2026-01-31 14:00" or 2026-01-31T14:00:00+03:00.',
        ) from error


def _zone(config: "Config", phone: str | None) -> ZoneInfo:
    if phone is not None and phone in config.phones_by_name:
        return config.zone_of(config.phone(phone))
    zones = {site.timezone for site in config.sites}
    if len(zones) > 1:
        raise ConfigError(
            f"The sites lie in several time zones ({', '.join(sorted(zones))}), so a time needs its offset.",
            hint="Write for example 2026-01-31T00:00+03:00, or name a phone with --phone.",
        )
    return ZoneInfo(zones.pop())
