"""What a driver is: small protocols, each sentence of which the conformance suite tests.

Everything after ``session`` is keyword-only. Values are frozen. Firmware differences are rows of data
(:class:`Variant`), never a copied module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from phonesync.driver.repeated import fingerprint
from phonesync.driver.session import LoginFlow, Session
from phonesync.model import (
    CallLog,
    Evidence,
    ListName,
    PhoneIdentity,
    PhoneStatus,
    TimeOf,
    no_quirks,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing a variant can do, and how well that is known.

    Attributes:
        what: A stable word: ``identify``, ``sign_in``, ``read_call_log``, ``clock``, ``zone``, ``mac``,
            ``history_setting``, ``merging_setting``, ``sign_out``, ``events``, ``phonebook_offered``,
            ``phonebook_pushed``, ``settings``, ``dial``.
        supported: False where it is known not to work or not to exist.
        evidence: The tag of the vendor sheet.
        note: What a user should know, one sentence, may be empty.
    """

    what: str
    supported: bool
    evidence: Evidence
    note: str = ""


def can(what: str, evidence: Evidence, note: str = "") -> Capability:
    """Something that works; the arguments are the attributes of :class:`Capability`."""
    return Capability(what=what, supported=True, evidence=evidence, note=note)


def cannot(what: str, note: str) -> Capability:
    """Something of which nobody knows how it could work; the arguments are those of :class:`Capability`."""
    return Capability(what=what, supported=False, evidence=Evidence.UNKNOWN, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One point that the vendor sheet leaves open, and that a phone's configuration may settle.

    Attributes:
        name: The key under ``quirks`` of a phone, for example ``type_2``.
        values: The values allowed.
        note: What it decides, one sentence.
    """

    name: str
    values: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How one generation of a vendor's phones speaks: a row of data, with quirks already applied.

    Attributes:
        name: For example ``v86-json``; what ``variant`` in the configuration takes.
        title: In words, for people.
        models: Models seen, as the sheet lists them.
        firmware: Firmware range in words.
        lists: The vendor's list code to our list name.
        pools: Groups of list codes that share one capacity; each list in exactly one group.
        capacity: Rows a pool holds by the sheet, for scheduling only: it proves nothing. None if unknown.
        shows_year: False where rows show no year.
        resolution_s: 1 or 60.
        time_of: What a row's time means.
        readable: The call list can be read.
        refusal: Why not, one sentence, where ``readable`` is False or ``experimental`` is True.
        one_session: Signing in ends, or is refused by, a person's session.
        signs_out: There is a sign-out, so every read ends with it; otherwise the session is kept and reused.
        capabilities: What it can do, with evidence.
        missed_rows_have_no_talk: A missed row has duration 0 or none (used to check the list mapping).
        swap: The two list codes whose meaning the sheet leaves in conflict, or None.
        rows_carry_names: A row has a field for the party's name, and it is known which; else nobody can see
            whether the phone shows a name.
        newest_only: Each list shows its newest row only, so it has room for one.
        experimental: The list is known by its path alone: it is asked for only where the configuration of
            the phone says ``experimental = true`` (``refusal`` tells), and never claimed to be complete.
        lenient_http: Its answers break HTTP, so they are read leniently (ADR 0021): a body then may end with
            the connection, without any proof that it is whole but the end mark that the parser looks for.
    """

    name: str
    title: str
    models: tuple[str, ...]
    firmware: str
    lists: Mapping[str, ListName]
    pools: tuple[tuple[str, ...], ...]
    capacity: int | None
    shows_year: bool
    resolution_s: int
    time_of: TimeOf = TimeOf.UNKNOWN
    readable: bool = True
    refusal: str = ""
    one_session: bool = False
    signs_out: bool = False
    capabilities: tuple[Capability, ...] = ()
    missed_rows_have_no_talk: bool = True
    swap: tuple[str, str] | None = None
    rows_carry_names: bool = True
    newest_only: bool = False
    experimental: bool = False
    lenient_http: bool = False

    def capability(self, what: str) -> Capability | None:
        """The capability of that name, or None where nothing is known of it."""
        return next((item for item in self.capabilities if item.what == what), None)

    def does(self, what: str) -> bool:
        """Whether a capability is known to be there."""
        known = self.capability(what)
        return known is not None and known.supported


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneContext:
    """What a driver is told about the phone it reads.

    Attributes:
        identity: As identified, or as configured.
        variant: The variant in force, quirks applied.
        quirks: As configured.
        experimental: The administrator allowed routes that rest on a path alone.
        origin: Scheme, host and port as configured (``https://192.0.2.11``), for the ``Origin`` and
            ``Referer`` headers that some phones insist on; "" leaves them out.
        known: Fingerprints of the answers that the last good read's lists stood in; see :meth:`knows`.
    """

    identity: PhoneIdentity
    variant: Variant
    quirks: Mapping[str, str] = field(default_factory=no_quirks)
    experimental: bool = False
    origin: str = ""
    known: frozenset[bytes] = frozenset()

    @property
    def may_read(self) -> bool:
        """Whether the lists may be asked for: they can be read, and an experimental way was allowed."""
        return self.variant.readable and (self.experimental or not self.variant.experimental)

    def knows(self, content: bytes) -> bool:
        """Whether the last good read's lists stood in this very answer.

        A driver whose lists all stand in known answers may return them as
        :class:`~phonesync.driver.repeated.Repeated`, unparsed; it need not.
        """
        return bool(self.known) and fingerprint(content) in self.known


@runtime_checkable
class Driver(Protocol):
    """One vendor's phones."""

    name: str
    vendor: str
    variants: Mapping[str, Variant]
    quirks: tuple[Quirk, ...]

    async def identify(self, session: Session) -> PhoneIdentity | None:
        """Recognises a phone without signing in and without spending a sign-in attempt; None: not mine.

        Raises:
            PhoneError: The phone could not be reached, or broke off.
        """
        ...

    def capabilities(self, identity: PhoneIdentity, *, quirks: Mapping[str, str] = ...) -> Variant:
        """The variant of this very phone, with the configured quirks applied."""
        ...

    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        """The sign-in of this phone's variant."""
        ...

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        """Reads every list, complete or an error.

        An empty list means that the phone showed an empty list.

        Raises:
            UnexpectedResponse: A page is not a call list, or was cut.
            Unsupported: This variant has no readable list, or an experimental one that nobody allowed.
        """
        ...

    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        """Reads clock and settings, for ``phonesync check``; what cannot be read is None."""
        ...


def implied_variant(driver: Driver) -> Variant | None:
    """What every phone of a driver is that cannot ask its phones what they are; None for other drivers.

    Such phones are known from the configuration alone (``driver = "…"``): the driver has one variant, which
    is neither recognised nor signed in to. They report calls or fetch phonebooks; nothing is asked of them.
    """
    if len(driver.variants) != 1:
        return None
    (variant,) = driver.variants.values()
    return None if variant.does("identify") or variant.does("sign_in") or variant.readable else variant
