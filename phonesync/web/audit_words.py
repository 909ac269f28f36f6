"""What the page of the audit log calls each thing that people do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from phonesync.driver.dialling import WhyNot
from phonesync.journal.callback_states import Step
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
        "author": N_("author, by number"),
        "by": N_("by"),
        "came": N_("what came of it"),
        "changed": N_("changed"),
        "color": N_("colour"),
        "comment": N_("comment"),
        "days": N_("days"),
        "done": N_("done"),
        "download": N_("as a file"),
        "export": N_("export"),
        "favourite": N_("favourite"),
        "fetched": N_("fetched"),
        "filter": N_("filter"),
        "first": N_("first start"),
        "format": N_("format"),
        "handed_over": N_("handed over"),
        "name": N_("name"),
        "number_tag": N_("tag of the number"),
        "on": N_("set"),
        "password": N_("password"),
        "private": N_("private"),
        "rating": N_("rating"),
        "reason": N_("reason"),
        "role": N_("role"),
        "rows": N_("calls"),
        "shared": N_("shared"),
        "step": N_("step"),
        "tag": N_("tag"),
        "way": N_("way"),
    }
)
"""What each value of an act is called."""

_WAYS = {
    "password": N_("password"),
    "link": N_("link"),
    "code": N_("code"),
    "provider": N_("identity provider"),
    "peer": N_("too many wrong passwords from that address"),
}
_DONE = {"added": N_("added"), "removed": N_("removed"), "deleted": N_("deleted")}

VALUE_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "by": _WAYS,
        "came": {
            "asked": N_("asked"),
            "dialled": N_("dialled"),
            WhyNot.NOT_ALLOWED.value: N_("not allowed"),
            WhyNot.IN_CALL.value: N_("in a call"),
            WhyNot.OTHER_LINE.value: N_("other line"),
            WhyNot.SAID_NO.value: N_("said no"),
        },
        "changed": {
            "departments": N_("departments"),
            "disabled": N_("lock"),
            "language": N_("language"),
            "locked": N_("lock"),
            "owner": N_("employee"),
            "password": N_("password"),
            "role": N_("role"),
            "second_factor": N_("second factor"),
            "second_factor_step": N_("second factor"),
            "shown_name": N_("name on pages"),
            "subject": N_("identity provider"),
            "theme": N_("look"),
            "timezone": N_("time zone"),
        },
        "comment": _DONE,
        "done": _DONE,
        "reason": _WAYS,
        "role": ROLES,
        "step": {
            Step.TAKEN.value: N_("taken"),
            Step.RELEASED.value: N_("released"),
            Step.SNOOZED.value: N_("snoozed"),
            Step.DONE.value: N_("done"),
            Step.REOPENED.value: N_("reopened"),
        },
        "way": _WAYS,
    }
)
"""What the log's own words for some of them are called; others are names, numbers or free text."""

PLACE_WORDS: Mapping[str, str] = MappingProxyType(
    {"calls": N_("calls"), "why": N_("Why is a call not here?")}
)
"""Where somebody searched."""


def object_words(action: str, what: str | None, translate: Callable[[str], str]) -> str:
    """What an act was done to; empty for nothing."""
    if action == "call.search" and what is not None and what in PLACE_WORDS:
        return translate(PLACE_WORDS[what])
    return what or ""


def detail_words(detail: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """What the log tells of an act besides, in the reader's language as far as it has words for it."""
    yes, no = translate(N_("yes")), translate(N_("no"))

    def word(name: str, value: object) -> str:
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, list):
            return " · ".join(dict.fromkeys(word(name, one) for one in value))
        text, known = str(value), VALUE_WORDS.get(name, {})
        return translate(known[text]) if text in known else text

    return ", ".join(
        f"{translate(DETAIL_WORDS.get(name, name))}: {word(name, value)}"
        for name, value in detail.items()
        if value not in (None, "")
    )
