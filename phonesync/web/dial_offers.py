"""Who may let which phones dial: what pages ask before they show a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonesync.journal.access import Permission

if TYPE_CHECKING:
    from phonesync.config import Config, PhoneConfig
    from phonesync.journal.access import Reader
    from phonesync.web.ground import Ground


def own_phones(config: Config, reader: Reader) -> tuple[PhoneConfig, ...]:
    """The phones of a reader, as the configuration says whose they are now."""
    if reader.owner is None:
        return ()
    return tuple(phone for phone in config.phones if phone.enabled and phone.owner == reader.owner)


def is_offered(ground: Ground, reader: Reader | None) -> bool:
    """Whether numbers have buttons for this reader that let his phone dial."""
    if reader is None or ground.dial is None or not reader.may(Permission.DIAL) or reader.scope.masked:
        return False
    config = ground.config()
    return config.outlets.dial.enabled and bool(own_phones(config, reader))
