"""What Yealink phones report by themselves (sheet 4.1): rows of data.

The keys are those of the vendor's guide for v80 and v81; that older firmware, which has the same events on
its web page, takes them under the same names is likely.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from drivers.yealink.quirks import V70, V72
from phonesync.driver.events import ActionUrl, ActionUrls
from phonesync.model import EventKind, Evidence

MOST_CHARACTERS = 511
"""Of an address, by the vendor's guide for v80 and v81."""

_CALLS = (
    ("in", "incoming_call", EventKind.INCOMING),
    ("out", "outgoing_call", EventKind.OUTGOING),
    ("up", "call_established", EventKind.ESTABLISHED),
    ("end", "call_terminated", EventKind.TERMINATED),
    ("miss", "missed_call", EventKind.MISSED),
    ("rej", "reject_incoming_call", EventKind.REJECTED),
    ("fwd", "forward_incoming_call", EventKind.FORWARDED),
    ("can", "cancel_callout", EventKind.CANCELLED),
    ("busy", "remote_busy", EventKind.BUSY),
    ("bx", "blind_transfer_call", EventKind.TRANSFERRED),
    ("ax", "attended_transfer_call", EventKind.TRANSFERRED),
)
_SIGNS_OF_LIFE = (
    ("boot", "setup_completed", EventKind.STARTED, ()),
    ("reg", "registered", EventKind.ALIVE, ("a",)),
    ("unreg", "unregistered", EventKind.ALIVE, ("a",)),
)

URLS = ActionUrls(
    urls=(
        *(ActionUrl(word=word, setting=f"action_url.{key}", kind=kind) for word, key, kind in _CALLS),
        *(
            ActionUrl(word=word, setting=f"action_url.{key}", kind=kind, keys=keys)
            for word, key, kind, keys in _SIGNS_OF_LIFE
        ),
    ),
    variables=MappingProxyType(
        {"c": "$call_id", "a": "$active_user", "l": "$local", "r": "$remote", "n": "$display_remote"}
    ),
    most_characters=MOST_CHARACTERS,
)
"""From firmware v80 on."""

_OLDER = replace(URLS, urls=tuple(replace(url, evidence=Evidence.LIKELY) for url in URLS.urls))


def action_urls(variant: str | None) -> ActionUrls:
    """What phones of a variant report; all generations report the same."""
    return _OLDER if variant in {V70, V72} else URLS
