"""The requests: only what the fixtures hold, nothing secret before sign-in, nothing to strangers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from phonesync.driver.session import Request
from phonesync.model import PhoneIdentity
from phonesync.testing.checks.faults import always, cut_to, cuts
from phonesync.testing.checks.subject import Fault, Subject, attempt, require, run
from phonesync.testing.fixtures import Case
from phonesync.testing.replay import NOT_FOUND, Replay, replay_of

MOST_PROBES = 12
"""Identification is cheap: this many requests to an unknown server at most."""

_METHODS = {"GET", "POST"}
_REVEALING = ("authorization", "cookie", "proxy-authorization")


async def asks_only_what_is_recorded(subject: Subject, case: Case) -> None:
    """A read asks for nothing that its fixture does not hold; under faults, nothing that none of them holds.

    So nothing is ever asked that dials, deletes, clears or marks as read, unless a fixture shows it.
    """
    outcome = await run(subject, case)
    strays = outcome.replay.unrecorded
    require(not strays, f"{case.name}: asks for what the fixture does not hold: {_shown(strays)}.")
    methods = {request.method for request in outcome.replay.sent}
    require(methods <= _METHODS, f"{case.name}: uses the methods {sorted(methods - _METHODS)}.")
    if not subject.complete:
        return
    known = [turn.request for other in subject.cases for turn in other.turns]
    for turn in range(len(case.turns)):
        for status in (401, 404, 500):
            change = always(replace(NOT_FOUND, status=status))
            fault = Fault(title=f"status {status}", turn=turn, change=change)
            sent = (await run(subject, case, fault)).replay.sent
            strays = tuple(r for r in sent if not any(one.matches(r, lenient=True) for one in known))
            where = f"status {status} in turn {turn + 1} of {case.name}"
            require(not strays, f"{where}: asks for what no fixture holds: {_shown(strays)}.")


async def identifies_its_own_phone(subject: Subject, case: Case) -> None:
    """``identify`` recognises the phone of a fixture, with its variant, and asks little."""
    if not case.identifies:
        return
    replay = replay_of(case)
    found, error = await attempt(subject.driver.identify(replay), f"{case.name}, identify")
    require(found is not None, f"{case.name} is not recognised{f': {error!r}' if error else ''}.")
    wrong = _misread(case, found, subject)
    require(not wrong, f"{case.name}: {wrong}.")
    _asks_little(replay, case.name)


async def a_cut_answer_is_not_another_phone(subject: Subject, case: Case) -> None:
    """Identification from a cut answer gives None, an error, or the same phone; the rest may be unknown."""
    if not case.identifies:
        return
    right, _ = await attempt(subject.driver.identify(replay_of(case)), case.name)
    first = replay_of(case)
    await attempt(subject.driver.identify(first), case.name)
    for turn in sorted({number for number in first.answered if number is not None}):
        for length in cuts(len(case.turns[turn].response.content)):
            fault = Fault(title=f"cut to {length} bytes", turn=turn, change=cut_to(length))
            where = f"identify with turn {turn + 1} of {case.name} cut to {length} bytes"
            found, _ = await attempt(subject.driver.identify(replay_of(case, alter=fault.alter)), where)
            require(
                _agrees(right, found), f"{where} gives {found!r}, should be {right!r}, less of it, or None."
            )


async def strangers_are_not_recognised(subject: Subject) -> None:
    """``identify`` gives None for every server that is not this vendor's phone, and shows it no secret."""
    for stranger in subject.strangers:
        session = stranger.session()
        found, error = await attempt(subject.driver.identify(session), f"identify, {stranger.title}")
        require(error is None, f"identify raised {error!r} for {stranger.title}; it should return None.")
        require(found is None, f"{stranger.title} was taken for {found!r}.")
        _shows_no_secret(session.sent, stranger.title)
        require(
            len(session.sent) <= MOST_PROBES,
            f"identify sent {len(session.sent)} requests to {stranger.title}; {MOST_PROBES} is the most.",
        )


def _asks_little(replay: Replay, where: str) -> None:
    _shows_no_secret(replay.sent, where)
    require(
        len(replay.sent) <= MOST_PROBES,
        f"{where}: identify sent {len(replay.sent)} requests; {MOST_PROBES} is the most.",
    )


def _shows_no_secret(sent: Iterable[Request], where: str) -> None:
    for request in sent:
        names = {name.lower() for name, _ in request.headers}
        shown = names.intersection(_REVEALING)
        require(
            not shown, f"identify sent the header {sorted(shown)} to {where}; it has no credentials to show."
        )
        words = f"{request.target}&{request.content.decode('latin-1')}".lower()
        told = [word for word in ("password=", "pwd=", "passwd=") if word in words]
        require(
            not told,
            f"identify sent a password field ({request.path}) to {where}; it must not try to sign in.",
        )
        require(request.method in _METHODS, f"identify used {request.method} on {where}.")


def _misread(case: Case, found: PhoneIdentity | None, subject: Subject) -> str:
    assert found is not None
    if found.vendor != subject.driver.vendor:
        return f"the vendor is {found.vendor!r}, should be {subject.driver.vendor!r}"
    if found.variant != case.variant:
        return f"the variant is {found.variant!r}, should be {case.variant!r}"
    if case.expected is not None:
        for name in ("mac", "firmware", "model"):
            wanted, got = getattr(case.expected, name), getattr(found, name)
            if None not in (wanted, got) and wanted != got:
                return f"identify says {name} {got!r}, the read says {wanted!r}"
    return ""


def _agrees(right: PhoneIdentity | None, found: PhoneIdentity | None) -> bool:
    if found is None or right is None:
        return found is None
    same = found.vendor == right.vendor and found.variant == right.variant
    return same and all(
        getattr(found, name) in (None, getattr(right, name)) for name in ("model", "firmware", "mac")
    )


def _shown(requests: Iterable[Request]) -> str:
    return ", ".join(f"{request.method} {request.path}" for request in requests)
