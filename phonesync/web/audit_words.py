"""What the page of the audit log calls each thing that people do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from phonesync.spelling import N_
from phonesync.web.words import ROLES

ACTION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "sign-in": N_("signed in"),
        "sign-in.failed": N_("was not let in"),
        "sign-in.locked": N_("was locked out"),
        "sign-out": N_("signed out"),
        "session.end": N_("ended a session"),
        "password.change": N_("changed a password"),
        "second-factor.on": N_("turned the second factor on"),
        "second-factor.off": N_("turned the second factor off"),
        "account.change": N_("changed one's own account"),
        "user.add": N_("added a user"),
        "user.change": N_("changed a user"),
        "user.lock": N_("locked a user"),
        "user.unlock": N_("unlocked a user"),
        "user.link": N_("made a link that signs in once"),
        "token.add": N_("added a token"),
        "token.revoke": N_("revoked a token"),
        "call.view": N_("looked at a call"),
        "call.search": N_("searched for calls"),
        "number.view": N_("looked at a number"),
        "call.change": N_("changed a call"),
        "call.export": N_("exported calls"),
        "call.listen": N_("listened to a recording"),
        "call.dial": N_("had a phone dial"),
        "callback.change": N_("worked on a call-back"),
        "delivery.retry": N_("had a delivery tried again"),
        "tag.change": N_("changed a tag"),
        "filter.change": N_("changed a saved filter"),
        "audit.view": N_("looked at the audit log"),
        "audit.export": N_("exported the audit log"),
    }
)
"""By ``phonesync.journal.acts.ACTIONS``."""

DETAIL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "changed": N_("changed"),
        "days": N_("days"),
        "filter": N_("filter"),
        "format": N_("format"),
        "name": N_("name"),
        "password": N_("password"),
        "reason": N_("reason"),
        "role": N_("role"),
        "rows": N_("calls"),
        "way": N_("way"),
    }
)
"""The values of an act that are called otherwise than in the log."""


def detail_words(detail: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """What the log tells of an act besides, in the reader's language as far as it has words for it."""
    yes, no = translate(N_("yes")), translate(N_("no"))

    def word(name: str, value: object) -> str:
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, list):
            return " ".join(map(str, value))
        text = str(value)
        return translate(ROLES[text]) if name == "role" and text in ROLES else text

    return ", ".join(
        f"{translate(DETAIL_WORDS.get(name, name))}: {word(name, value)}"
        for name, value in detail.items()
        if value not in (None, "")
    )
