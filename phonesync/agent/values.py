"""What a poll and a check say about one phone, and how that travels between processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from phonesync.store.records import PhoneStanding

INTERNAL = "InternalError"
"""``error_kind`` of a poll that ended in a mistake of ours (exit code 70)."""

UNJUDGED = "SignInUnanswered"
"""``error_kind`` of a phone that never said whether a password is right that had not worked there before."""

NO_ANSWER = "NoAnswer"
"""``error_kind`` of a poll that the running agent was asked for and did not report in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll of one phone brought.

    Attributes:
        name: The phone.
        ok: Its lists were read and are in the store.
        lists: Our list name to rows shown; empty where the read failed.
        new: Entries never seen before.
        error: What went wrong in words, or None.
        error_kind: Class name of the error, or None.
        took_s: Seconds from the first request to the last.
        standing: Where the phone stands now.
        readable: False where no list of this phone can be read at all, so that not reading it is no failure.
    """

    name: str
    ok: bool
    lists: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    new: int = 0
    error: str | None = None
    error_kind: str | None = None
    took_s: float = 0.0
    standing: PhoneStanding
    readable: bool = True

    def to_json(self) -> str:
        """The result as one JSON object: the line of ``phonesync poll --json``."""
        shown = {
            "name": self.name,
            "ok": self.ok,
            "lists": dict(self.lists),
            "new": self.new,
            "error": self.error,
            "error_kind": self.error_kind,
            "took_s": round(self.took_s, 3),
            "standing": self.standing.value,
            "readable": self.readable,
        }
        return json.dumps(shown, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> PollResult:
        """The result that :meth:`to_json` wrote.

        Raises:
            ValueError: The text is not such an object.
        """
        try:
            shown = json.loads(text)
            return cls(
                name=shown["name"],
                ok=shown["ok"],
                lists=MappingProxyType(dict(shown["lists"])),
                new=shown["new"],
                error=shown["error"],
                error_kind=shown["error_kind"],
                took_s=shown["took_s"],
                standing=PhoneStanding(shown["standing"]),
                readable=shown["readable"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError("The text is not the result of a poll.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a phone is to be read next, and how much it matters.

    Attributes:
        at: Not before this instant, UTC.
        deadline: When its fastest list could overflow, UTC; phones that are due are served in this order.
        slow: It failed lately, so that it may not take the places of phones that answer.
    """

    at: datetime
    deadline: datetime
    slow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a phone is left alone.

    Attributes:
        text: In words.
        kind: Class name of the error that led to it.
        due: When it may be spoken to again, or None where it waits for a person.
    """

    text: str
    kind: str
    due: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A poll's result, with what the schedule has to know.

    Attributes:
        result: What the user is told.
        due: The next read, or None where the phone waits for a person.
    """

    result: PollResult
    due: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckItem:
    """One finding of ``phonesync check``.

    Attributes:
        what: A stable word, for example ``sign_in``.
        ok: True for well, False for wrong, None where it cannot be told or is advice.
        text: The finding in words.
    """

    what: str
    ok: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """All findings about one phone, in the order they were made."""

    name: str
    items: tuple[CheckItem, ...]

    @property
    def ok(self) -> bool:
        """Nothing was found wrong."""
        return all(item.ok is not False for item in self.items)
