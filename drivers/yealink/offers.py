"""What Yealink phones do by themselves, by name of the variant: events, phonebooks, settings for both."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phonesync.driver.contract import Capability, can, cannot
from phonesync.model import Evidence

_BOOK = can(
    "phonebook_offered",
    Evidence.CERTAIN,
    "The remote phone book, beside the phone's own directory; the own directory only merged with the copy "
    "that the phone uploads.",
)
_NEWER = (
    can("events", Evidence.CERTAIN, "Action URLs of the vendor's guide for v80 and v81."),
    _BOOK,
    can("settings", Evidence.CERTAIN, "Lines of its configuration file."),
)
_OLDER = (
    can("events", Evidence.LIKELY, "Action URLs are certain; that their keys are those of v80 is likely."),
    _BOOK,
    can("settings", Evidence.LIKELY, "Lines of its configuration file under the names of v80."),
)

_PUSHED = can(
    "phonebook_pushed",
    Evidence.LIKELY,
    "The servlet adds contacts, and shows their names without numbers; none is changed or removed.",
)
_NOT_PUSHED = cannot("phonebook_pushed", "No way to write a contact to this generation is documented.")

_DIALS = can("dial", Evidence.CERTAIN, "Action URI; the phone must allow our address.")
_MAY_DIAL = can(
    "dial",
    Evidence.LIKELY,
    "Action URI as on v80 and v81, shown on no phone; only with `experimental = true`.",
)

OFFERS: Mapping[str, tuple[Capability, ...]] = MappingProxyType(
    {
        "v70-basic": (*_OLDER, _NOT_PUSHED, _MAY_DIAL),
        "v72-form": (*_OLDER, _NOT_PUSHED, _MAY_DIAL),
        "v80-blob": (*_NEWER, _NOT_PUSHED, _DIALS),
        "v84-servlet": (*_NEWER, _PUSHED, _MAY_DIAL),
        "v86-servlet": (*_NEWER, _PUSHED, _MAY_DIAL),
        "v86-json": (*_NEWER, _NOT_PUSHED, _MAY_DIAL),
    }
)
