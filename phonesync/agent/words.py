"""Sentences that more than one part of the agent says, and spans of time in words."""

from __future__ import annotations

from datetime import timedelta

REFUSED_REASON = "stopped: the phone refused the sign-in"
UNJUDGED_REASON = "stopped: the phone did not say whether the password is right"


def refused_sentence(name: str) -> str:
    """What becomes of a phone that refused the sign-in."""
    return (
        "It is left alone until user, address or password change in the configuration, "
        f"or until: phonesync phones retry {name}"
    )


def unjudged_sentence(name: str) -> str:
    """Why a phone is left alone that never said whether a password is right."""
    return (
        f"Whether {name} takes user and password is not known: they were offered once, without a verdict, "
        "and have not worked there before. So as not to send a wrong password twice, it is left alone until "
        f"user, address or password change in the configuration, or until: phonesync phones retry {name}"
    )


def times(failures: int) -> str:
    """How often something failed in a row, from 1."""
    return "a failure" if failures == 1 else f"{failures} failures in a row"


def in_words(span: timedelta) -> str:
    """A span in the two largest units that matter, for example ``3 h 12 min``."""
    seconds = max(0, round(span.total_seconds()))
    for size, unit, smaller_size, smaller in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // smaller_size
            return f"{seconds // size} {unit} {rest} {smaller}" if rest else f"{seconds // size} {unit}"
    return f"{seconds} s"
