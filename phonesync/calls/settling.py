"""What coverage says of a call: whether *missed* may be stated, and how much of it was seen. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from phonesync.calls.values import Call, Disposition

AROUND = timedelta(seconds=60)
"""So long before and after a call its phones must be proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is proven of a phone in a stretch of time.

    Attributes:
        share: Share of the stretch, 0 to 1, in which its lists of received and missed calls are proven.
        final: No later read changes that.
    """

    share: float
    final: bool


Proven: TypeAlias = Callable[[str, datetime, datetime], Proof]
"""Asked for a phone, by name, and a stretch, UTC."""


def settle(call: Call, proven: Proven) -> Call:
    """The call with its coverage, and called missed where that is certain.

    Args:
        call: As joined, or as settled before.
        proven: What is proven of a phone.
    """
    since, until = stretch(call)
    phones = sorted({leg.phone for leg in call.legs} | set(call.could_answer))
    proofs = [proven(phone, since, until) for phone in phones]
    coverage = sum(proof.share for proof in proofs) / len(proofs)
    disposition = call.disposition
    if call.unanswered:
        certain = is_certain_miss(call, coverage)
        disposition = Disposition.MISSED if certain else Disposition.UNKNOWN
    return replace(
        call,
        coverage=round(coverage, 4),
        settled=all(proof.final for proof in proofs),
        disposition=disposition,
    )


def stretch(call: Call) -> tuple[datetime, datetime]:
    """From a minute before a call to a minute after it, UTC.

    A call of which nothing shows the end is taken to end with its talk time, or with its start.
    """
    end = call.ended_at or call.started_at + timedelta(seconds=call.talk_s or 0)
    return call.started_at - timedelta(seconds=call.started_within_s) - AROUND, end + AROUND


def is_certain_miss(call: Call, coverage: float) -> bool:
    """Whether nobody can have answered unseen: all who could are proven, and no other row says so."""
    return coverage >= 1.0 and not call.contested
