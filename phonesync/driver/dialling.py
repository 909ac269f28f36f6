"""Letting a phone dial a number: an optional part of a driver.

The phone is asked in one go, user and password in the request itself, so that no web session is opened on it.
What rings twice is worse than what does not ring: nothing here is ever sent a second time.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from phonesync.driver.contract import PhoneContext
from phonesync.driver.session import Credentials, Request, Response
from phonesync.errors import PhoneError
from phonesync.model import Evidence

_DIALLED = re.compile(r"[0-9+*#]{1,32}")

Steps = Generator[Request, Response, None]
"""Requests out, responses in; it returns once the phone has taken the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRoute:
    """How phones of a variant are told to dial.

    Attributes:
        evidence: How well it is known.
        note: What a user should know, one sentence.
        allow: What has to be set on the phone first, one sentence.
        experimental: Taken only where the configuration of the phone says ``experimental = true``.
        confirms: The phone says that it dials; else it says only that it has understood.
    """

    evidence: Evidence
    note: str
    allow: str
    experimental: bool = False
    confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOrder:
    """What a phone is to dial.

    Attributes:
        number: Digits, ``+``, ``*`` and ``#``, as somebody would press them there.
        account: User of the account to call from, or None for the phone's first one.
        server: Host of that account, or None where it is not known.
        line: Number of that account on the phone, from 1.
    """

    number: str
    account: str | None = None
    server: str | None = None
    line: int = 1


class WhyNot(StrEnum):
    """Why a phone did not dial."""

    NOT_ALLOWED = "not allowed"
    IN_CALL = "in a call"
    OTHER_LINE = "other line"
    SAID_NO = "said no"


class DialRefused(PhoneError):
    """The phone does not dial, for a reason that nobody's password is to blame for.

    Attributes:
        why: Which.
    """

    def __init__(self, message: str, *, why: WhyNot, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.why = why


@runtime_checkable
class DialsNumbers(Protocol):
    """A driver whose phones can be told to dial."""

    def dial_route(self, *, variant: str, model: str | None) -> DialRoute | None:
        """How it is done; None where no way is documented.

        Args:
            variant: Name of the phone's variant.
            model: As the phone shows it, or None.
        """
        ...

    def dial(self, order: DialOrder, credentials: Credentials, *, phone: PhoneContext) -> Steps:
        """Yields requests, receives their responses, returns once the phone has taken the order.

        Each request is sent once. The password stands in ``Request.hidden`` or a header.

        Raises:
            DialRefused: The phone is not allowed to, or has a call already.
            SignInRefused: The phone says that user or password is wrong.
            LockedOut: The phone says that sign-in is locked.
            PhoneBusy: The phone says that somebody else is signed in.
            UnexpectedResponse: The answer was not understood, so that nobody knows whether it dials.
        """
        ...


def not_allowed(allow: str) -> DialRefused:
    """What a phone says that takes no orders from us.

    Args:
        allow: What has to be set on it first, one sentence.
    """
    return DialRefused(
        "The phone does not take orders from this machine: Action URI is off, or its address is not on "
        "the phone's list.",
        why=WhyNot.NOT_ALLOWED,
        hint=allow,
    )


def can_be_dialled(number: str) -> bool:
    """Whether a number is nothing but keys of a telephone: digits, ``+``, ``*``, ``#``."""
    return _DIALLED.fullmatch(number) is not None
