"""What can go wrong between a phone and its reader, chosen request by request.

A :class:`Fault` says what goes wrong, a :class:`FaultPlan` when; :mod:`phonesync.farm.wire` does it. Nothing
here knows a vendor: faults in the vendor's own words (locked, busy, expired) are asked of the emulator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from phonesync.driver.emulation import EmulatedRequest

_MIB = 1024 * 1024


class FaultKind(StrEnum):
    """The faults an emulated phone can show."""

    OFFLINE = "offline"
    """No phone answers at the address."""
    OLD_TLS = "old-tls"
    """Only TLS 1.0 is spoken."""
    CHANGED_CERTIFICATE = "changed-certificate"
    """Another certificate than before, from now on until the plan says otherwise."""
    HANG = "hang"
    """The request is taken and never answered."""
    RESET = "reset"
    """The connection is reset instead of an answer."""
    SERVER_ERROR = "500"
    NOT_FOUND = "404"
    GARBAGE = "garbage"
    """Bytes that are not HTTP."""
    CUT = "cut"
    """The answer ends with the connection before it is complete."""
    ENDLESS = "endless"
    """The body never ends."""
    DRIP = "drip"
    """The answer comes in small pieces with pauses."""
    SLOW = "slow"
    """The answer comes whole, but late."""
    REDIRECT = "redirect"
    """Elsewhere."""
    LOGIN_PAGE = "login-page"
    """What the phone shows to somebody who is not signed in, although the session is good."""
    LOCKED = "locked"
    """Somebody has locked the sign-in."""
    BUSY = "busy"
    """Somebody else is signed in."""
    EXPIRED = "expired"
    """All sessions have ended."""
    ENTITY_BOMB = "entity-bomb"
    """A small document whose entities would fill the memory."""
    COMPRESSED_BOMB = "compressed-bomb"
    """A small compressed body that would fill the memory."""
    WRONG_CONTENT = "wrong-content"
    """A page of something that is no phone."""


OF_CONNECTIONS = frozenset({FaultKind.OFFLINE, FaultKind.OLD_TLS, FaultKind.CHANGED_CERTIFICATE})
"""Faults that strike when a connection is opened, before there is a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What.
        at_byte: ``CUT``: so many bytes of the body are sent, or of head and body with ``in_head``.
        in_head: ``CUT``: count from the first byte of the status line.
        with_length: ``CUT``: the whole length was declared; otherwise the connection's end is the body's.
        delay_s: ``SLOW``: before the answer; ``DRIP``: before each piece.
        piece: ``DRIP`` and ``ENDLESS``: bytes in a piece.
        size: ``COMPRESSED_BOMB``: bytes after decompression.
        acted: ``HANG`` and ``RESET``: the phone has done what was asked, only the answer is lost.
        location: ``REDIRECT``: where to.
        content: ``WRONG_CONTENT`` and ``GARBAGE``: the bytes; empty for a default.
    """

    kind: FaultKind
    at_byte: int = 0
    in_head: bool = False
    with_length: bool = True
    delay_s: float = 0.05
    piece: int = 16
    size: int = 64 * _MIB
    acted: bool = False
    location: str = "http://192.0.2.66/elsewhere"
    content: bytes = b""


@runtime_checkable
class Disturbable(Protocol):
    """An emulator that can be locked, occupied and made to forget its sessions.

    Attributes:
        list_path: Part of the target of the request that reads the call lists.
    """

    list_path: str

    def lock_out(self) -> None:
        """Locks sign-in from now on and ends all sessions."""
        ...

    def occupy(self, peer: str) -> None:
        """Somebody else at address ``peer`` signs in."""
        ...

    def expire(self) -> None:
        """Ends every session."""
        ...


@dataclass(slots=True, kw_only=True)
class _Rule:
    fault: Fault
    when: Callable[[EmulatedRequest], bool]
    left: int | None


def _always(request: EmulatedRequest) -> bool:  # noqa: ARG001  the shape of a condition
    return True


def for_target(part: str) -> Callable[[EmulatedRequest], bool]:
    """A condition: the request's path or query contains ``part``."""
    return lambda request: part in request.target


@dataclass(slots=True)
class FaultPlan:
    """Which fault one phone shows at which request; may be changed while the phone is being read.

    Attributes:
        decide: Asked first for each request, where given.
        shown: How often each kind was shown.
    """

    decide: Callable[[EmulatedRequest], Fault | None] | None = None
    shown: Counter[FaultKind] = field(default_factory=Counter)
    _rules: list[_Rule] = field(default_factory=list)

    def set(
        self,
        fault: Fault,
        *,
        when: Callable[[EmulatedRequest], bool] = _always,
        times: int | None = None,
    ) -> None:
        """Shows ``fault``, and no other of this plan, from now on.

        Args:
            fault: What goes wrong.
            when: At which requests; not asked for a fault of connections.
            times: How often at most, or None for ever.
        """
        self.clear()
        self.add(fault, when=when, times=times)

    def add(
        self,
        fault: Fault,
        *,
        when: Callable[[EmulatedRequest], bool] = _always,
        times: int | None = None,
    ) -> None:
        """Shows ``fault`` wherever no fault added before it strikes."""
        self._rules.append(_Rule(fault=fault, when=when, left=times))

    def clear(self) -> None:
        """Nothing goes wrong any more (but for ``decide``)."""
        self._rules.clear()

    def of_connection(self) -> Fault | None:
        """The fault of a connection that is being opened."""
        return self._first(lambda rule: rule.fault.kind in OF_CONNECTIONS)

    def of_request(self, request: EmulatedRequest) -> Fault | None:
        """The fault of one request."""
        fault = self.decide(request) if self.decide is not None else None
        if fault is not None:
            self.shown[fault.kind] += 1
            return fault
        return self._first(lambda rule: rule.fault.kind not in OF_CONNECTIONS and rule.when(request))

    def _first(self, fits: Callable[[_Rule], bool]) -> Fault | None:
        for rule in self._rules:
            if rule.left != 0 and fits(rule):
                if rule.left is not None:
                    rule.left -= 1
                self.shown[rule.fault.kind] += 1
                return rule.fault
        return None
