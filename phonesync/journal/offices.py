"""What the journal must be told of the configured office."""

from __future__ import annotations

from phonesync.config import Config
from phonesync.store.journal.records import Office


def office_of(config: Config) -> Office:
    """Sites of phones, and the dial plans by which numbers may be typed."""
    return Office(
        sites={phone.name: phone.site for phone in config.phones},
        plans=tuple(site.dial_plan for site in config.sites),
    )
