"""The error tree: one root, one sentence per mistake, a hint, an exit code.

Every error a user can meet carries a message that says what is wrong and where, and a ``hint`` that says
what to do. ``exit_code`` is the process's exit code when the error ends a command; ``transient`` tells
whether the same attempt may succeed later without anybody changing anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class PhonesyncError(Exception):
    """The root of all our errors.

    Attributes:
        message: One sentence: what is wrong and where.
        hint: What the user can do about it; may be empty.
    """

    exit_code: ClassVar[int] = 70
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration file.

    Attributes:
        where: File and line as a user reads them, for example ``config.toml:12``.
        key: Dotted path of the key, for example ``phone[3].url``.
        message: One sentence, with the nearest right spelling where there is one.
    """

    where: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.message}" if self.key else f"{self.where}: {self.message}"


class ConfigError(PhonesyncError):
    """Configuration or usage is wrong; all problems at once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str, *, hint: str = "") -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        text = problems if isinstance(problems, str) else "\n".join(str(problem) for problem in problems)
        super().__init__(text, hint=hint)


class DriverError(PhonesyncError):
    """A driver is unknown, ambiguous, or its plug-in is broken."""

    exit_code = 2


class PhoneError(PhonesyncError):
    """One phone could not be read; the others go on."""

    exit_code = 4


class PhoneUnreachable(PhoneError):
    """No connection: refused, reset, no route, name not found."""

    transient = True


class PhoneTimeout(PhoneError):
    """The phone answered too slowly or not at all."""

    transient = True


class PhoneBusy(PhoneError):
    """Somebody else is signed in to the phone's web page: later, not an error of the phone."""

    transient = True


class SignInRefused(PhoneError):
    """The phone refused user or password. Never tried again by itself (lock-outs must never be ours)."""


class LockedOut(PhoneError):
    """The phone has locked sign-in.

    Attributes:
        until: When the lock ends by the phone's own word, or None where it does not say.
    """

    transient = True

    def __init__(self, message: str, *, until: datetime | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.until = until


class SessionExpired(PhoneError):
    """The session ended under us, and again right after one new sign-in."""

    transient = True


class UnexpectedResponse(PhoneError):
    """The phone answered something that is not what was asked for: never read as an empty or shorter list.

    Attributes:
        variant: The driver variant that was reading, or "" before identification.
        path: Path of the request, without query values that could hold secrets.
        status: HTTP status code, or None.
        content_type: As sent, or None.
        excerpt: The start of the answer, redacted.
        content: The raw answer, kept for quarantine; never printed.
    """

    def __init__(
        self,
        message: str,
        *,
        variant: str = "",
        path: str = "",
        status: int | None = None,
        content_type: str | None = None,
        excerpt: str = "",
        content: bytes = b"",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.variant = variant
        self.path = path
        self.status = status
        self.content_type = content_type
        self.excerpt = excerpt
        self.content = content


class Unsupported(PhoneError):
    """This model or firmware offers no way known to us; the sentence says which."""


class PushRejected(PhoneError):
    """The phone refused a contact: it is full, or does not take that name or number."""


class CertificateChanged(PhoneError):
    """The phone's TLS certificate is not the one pinned at first use or in the configuration."""


class NotIdentified(PhoneError):
    """No driver recognises the phone."""


class PlanRefused(PhonesyncError):
    """Implausible, so nothing is done: an empty source, or a change that fits in several ways."""

    exit_code = 5


class SourceError(PhonesyncError):
    """A source of contacts cannot be read; its contacts stay as they are, and the others go on."""

    exit_code = 6
    transient = True


class StoreError(PhonesyncError):
    """The store cannot be used: locked, away, too new, damaged."""

    exit_code = 3


class StoreBusy(StoreError):
    """The store is locked or away for now; what was read is held and tried again."""

    transient = True


class StaleState(StoreError):
    """Another process changed what a write was decided on: load it again and decide again."""

    transient = True
