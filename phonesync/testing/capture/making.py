"""From a recording to a folder that anybody may see, or to nothing at all."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import MappingProxyType

from phonesync.driver.contract import Driver, PhoneContext
from phonesync.driver.session import Credentials, SignedIn
from phonesync.errors import ConfigError, NotIdentified, PhoneError, PlanRefused
from phonesync.model import CallLog, PhoneStatus, Provenance
from phonesync.testing.capture.comparing import differences
from phonesync.testing.capture.exchange import Run, Script, run, turns_of
from phonesync.testing.capture.folder import folder_name, write_case
from phonesync.testing.capture.invented import PAGE_WORDS, Invented, is_common
from phonesync.testing.capture.originals import DEFAULT_USERS, SHORTEST_SECRET, originals
from phonesync.testing.capture.rewriting import DROPPED, Rewriter
from phonesync.testing.capture.searching import Leak, Sought, leaks
from phonesync.testing.capture.spelled import as_text
from phonesync.testing.capture.times import Shift
from phonesync.testing.fixtures import Case, RecordedRequest, RecordedResponse, Turn, read_case
from phonesync.testing.replay import Replay, read, read_status, replay_of
from phonesync.transport.tape import Recording, Taped

SOURCE = (
    "Captured from a phone by phonesync capture; "
    "numbers, names, addresses, credentials and dates are replaced."
)
NO_VARIANT = "unknown"
"""The variant of a phone that no driver recognises."""

_FORMS = tuple(
    re.compile(form)
    for form in (
        r"\d+",
        r"[0-9A-Za-z]+",
        r"[0-9A-Za-z.-]+",
        r"[^\W\d_]+",
        r"\d{1,3}(?:\.\d{1,3}){3}",
        r"[0-9A-Fa-f]{2}(?:[:.-]?[0-9A-Fa-f]{2}){5}",
    )
)
"""What words, numbers, hosts and MACs look like, wherever they stand."""

_WEEKS = (8, 400)
"""Dates are moved into the past by so many weeks at least and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished fixture.

    Attributes:
        folder: Where it stands.
        case: What it holds.
        replaced: How many different originals were replaced.
        searched: Files searched for each of them.
    """

    folder: Path
    case: Case
    replaced: int
    searched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rewritten:
    case: Case
    invented: Invented


def make(recording: Recording, out: Path, *, rng: Random) -> Made:
    """Rewrites a recording, has the driver read it, writes the fixture, and searches it for every original.

    Args:
        recording: What a conversation showed.
        out: Folder to put ``<model>_<firmware>/<case>/`` into; made where it is missing.
        rng: Where invented values come from; of the system, unless the run must be repeatable.

    Raises:
        PlanRefused: The driver reads the rewritten answers otherwise, or an original was found; nothing is
            left behind.
        ConfigError: The folder cannot be written.
    """
    done = asyncio.run(_rewritten(recording, rng))
    case = done.case
    try:
        parent = out / folder_name(case.model, case.firmware)
        parent.mkdir(parents=True, exist_ok=True)
        return _kept(case, parent, _sought(done.invented, recording))
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written: {error.strerror}.", hint="Give another place with --out."
        ) from error


def _kept(case: Case, parent: Path, sought: Sought) -> Made:
    """Writes beside the place, searches, and only then moves there."""
    work = Path(tempfile.mkdtemp(prefix=".capture-", dir=parent))
    place: Path | None = None
    try:
        write_case(case, work)
        _refuse_leaks(leaks(work, sought))
        read_case(work)
        files = len(list(work.iterdir()))
        work.chmod(0o755)
        place = work.rename(next(one for one in _places(parent) if not one.exists()))
    finally:
        if place is None:
            shutil.rmtree(work, ignore_errors=True)
            if not any(parent.iterdir()):
                parent.rmdir()
    count = len(sought.texts) + len(sought.numbers) + len(sought.macs) + len(sought.exact)
    case = replace(case, name=f"{parent.name}/{place.name}")
    return Made(folder=place, case=case, replaced=count, searched=files)


def _places(parent: Path) -> Iterator[Path]:
    yield parent / "captured"
    number = 2
    while True:
        yield parent / f"captured_{number}"
        number += 1


def _refuse_leaks(found: tuple[Leak, ...]) -> None:
    """Raises where anything was found."""
    if not found:
        return
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    raise PlanRefused(
        f"The fixture was thrown away: {found[0].kind} of the original is still in it "
        f"({found[0].file}{more}).",
        hint="Report this with the phone's model and firmware: its answers hold values in an unknown form.",
    )


def _sought(invented: Invented, recording: Recording) -> Sought:
    texts = {*invented.names, *invented.opaque, *invented.hosts, *invented.addresses}
    password = recording.credentials.password
    if len(password) >= SHORTEST_SECRET and not is_common(password):
        texts.add(password)
    exact = {text for text in texts if text.lower() in PAGE_WORDS}
    return Sought(
        texts=frozenset(text for text in texts - exact if text.strip()),
        numbers=frozenset(invented.numbers),
        macs=frozenset(invented.macs),
        exact=frozenset(exact),
    )


async def _rewritten(recording: Recording, rng: Random) -> _Rewritten:
    shift = Shift(rng.randint(*_WEEKS), at=recording.at)
    if recording.driver is None or recording.phone is None:
        return _unrecognised(recording, rng, shift)
    driver, phone = recording.driver, replace(recording.phone, known=frozenset(), origin="")
    script = _script(recording)
    before = await run(script, driver, phone)
    if before.sign_in_failed is not None:
        script = replace(script, signed_in=recording.signed_in)
        before = await run(script, driver, phone)
    _as_recorded(recording, before)
    found = originals(recording, before.identity or phone.identity, before.log, before.status)
    invented = Invented(rng, seen=_seen(recording), kept=found.kept)
    rewriter = Rewriter(found, invented, shift, password=recording.credentials.password)
    fresh = _rewrite(script, rewriter, invented, shift)
    real, mac = phone, phone.identity.mac
    phone = replace(phone, identity=replace(phone.identity, mac=None if mac is None else rewriter.value(mac)))
    after = await run(fresh, driver, phone)
    if after.sign_in_failed is not None and recording.signed_in is not None:
        fresh = replace(fresh, signed_in=_session(recording.signed_in, rewriter))
        script = replace(script, signed_in=recording.signed_in)
        before, after = await run(script, driver, real), await run(fresh, driver, phone)
    wrong = differences(before, after, rewriter, shift)
    if wrong:
        raise PlanRefused(
            f"The driver reads the answers otherwise once they are rewritten ({', '.join(wrong[:5])}); "
            "no fixture was written.",
            hint="Report this with the phone's model and firmware.",
        )
    return _Rewritten(case=await _case(recording, fresh, after, driver, phone), invented=invented)


def _as_recorded(recording: Recording, before: Run) -> None:
    """Raises where the recording, played to the driver, does not give what the phone gave."""
    error = "" if before.error is None else type(before.error).__name__
    if before.sign_in_failed is not None or error != recording.error:
        raise PlanRefused(
            "The recorded conversation, played to the driver again, goes otherwise; no fixture was written.",
            hint="Capture the phone once more: it may have answered differently from request to request.",
        )


async def _case(
    recording: Recording, script: Script, after: Run, driver: Driver, phone: PhoneContext
) -> Case:
    """The fixture of a recording whose driver has read the rewritten answers."""
    told = (after.log, after.identity or phone.identity, after.status)
    model = next((one.model for one in told if one is not None and one.model), None)
    firmware = next((one.firmware for one in told if one is not None and one.firmware), None)
    case = Case(
        name=f"{folder_name(model, firmware)}/captured",
        model=model or "unknown",
        firmware=firmware or "unknown",
        provenance=Provenance.CAPTURED,
        source=SOURCE,
        variant=phone.identity.variant,
        quirks=recording.quirks,
        now=script.now,
        credentials=script.credentials,
        turns=await turns_of(script, driver, phone),
        expected=None,
        error=recording.error,
        identifies=after.identity is not None and after.identity.variant == phone.identity.variant,
        experimental=phone.experimental,
        signed_in=script.signed_in,
    )
    return await _replayed(case, driver)


async def _replayed(case: Case, driver: Driver) -> Case:
    """The case with what its driver reads in it, and only with the turns that something asks for."""
    identifying, reading, looking = (replay_of(case) for _ in range(3))
    error = ""
    if case.identifies:
        await driver.identify(identifying)
    try:
        expected: CallLog | None = replace(await read(driver, case, reading), raw=())
    except PhoneError as caught:
        error, expected = type(caught).__name__, None
    if error != case.error:
        raise PlanRefused(
            "The fixture, replayed, ends otherwise than the conversation with the phone; none was written.",
            hint="Report this with the phone's model and firmware.",
        )
    status = await _status(driver, case, looking)
    used = {number for replay in (identifying, reading, looking) for number in replay.answered}
    turns = tuple(turn for number, turn in enumerate(case.turns) if number in used)
    return replace(case, turns=turns, expected=expected, expected_status=status)


async def _status(driver: Driver, case: Case, replay: Replay) -> PhoneStatus | None:
    try:
        return await read_status(driver, case, replay)
    except PhoneError:
        return None


def _script(recording: Recording) -> Script:
    at = recording.at.replace(microsecond=0)
    return Script(
        identifying=tuple(_turn(turn) for turn in recording.turns if not turn.in_session),
        session=tuple(_turn(turn) for turn in recording.turns if turn.in_session),
        credentials=recording.credentials,
        signed_in=None,
        now=at,
    )


def _turn(turn: Taped) -> Turn:
    headers = tuple(pair for pair in turn.response.headers if pair[0].lower() not in DROPPED)
    return Turn(
        request=RecordedRequest(method=turn.request.method, path=turn.request.target),
        response=RecordedResponse(
            status=turn.response.status, headers=headers, content=turn.response.content
        ),
    )


def _rewrite(script: Script, rewriter: Rewriter, invented: Invented, shift: Shift) -> Script:
    name = script.credentials.username
    username = name if name in DEFAULT_USERS else rewriter.value(name)
    return Script(
        identifying=tuple(_rewritten_turn(turn, rewriter) for turn in script.identifying),
        session=tuple(_rewritten_turn(turn, rewriter) for turn in script.session),
        credentials=Credentials(username=username, password=invented.password(script.credentials.password)),
        signed_in=None if script.signed_in is None else _session(script.signed_in, rewriter),
        now=shift.instant(script.now),
    )


def _rewritten_turn(turn: Turn, rewriter: Rewriter) -> Turn:
    response = turn.response
    return Turn(
        request=replace(turn.request, path=rewriter.value(turn.request.path)),
        response=replace(
            response, headers=rewriter.headers(response.headers), content=rewriter.content(response.content)
        ),
    )


def _session(signed_in: SignedIn, rewriter: Rewriter) -> SignedIn:
    def replaced(values: Mapping[str, str]) -> Mapping[str, str]:
        return MappingProxyType({name: rewriter.value(value) for name, value in values.items()})

    return SignedIn(cookies=replaced(signed_in.cookies), values=replaced(signed_in.values))


def _seen(recording: Recording) -> set[str]:
    """Words and runs of digits of the whole recording, which no invented value may be."""
    texts = [as_text(turn.response.content) for turn in recording.turns]
    texts += [value for turn in recording.turns for _, value in turn.response.headers]
    texts += [*recording.names, *recording.numbers, *recording.hosts]
    texts += recording.macs
    words = {word for text in texts for form in _FORMS for word in form.findall(text)}
    return words | {re.sub(r"[:.-]", "", word) for word in words}


def _unrecognised(recording: Recording, rng: Random, shift: Shift) -> _Rewritten:
    """A phone that no driver recognises: what every driver's identification was answered."""
    found = originals(recording, None, None, None)
    invented = Invented(rng, seen=_seen(recording), kept=found.kept)
    rewriter = Rewriter(found, invented, shift, password=recording.credentials.password)
    script = _rewrite(_script(recording), rewriter, invented, shift)
    bodies = [turn.request.content.decode("utf-8", "replace") for turn in recording.turns]
    turns = tuple(
        replace(turn, request=replace(turn.request, body=rewriter.value(body) or None))
        for turn, body in zip(script.identifying, bodies, strict=True)
    )
    case = Case(
        name="unknown_unknown/captured",
        model="unknown",
        firmware="unknown",
        provenance=Provenance.CAPTURED,
        source=SOURCE,
        variant=NO_VARIANT,
        now=script.now,
        credentials=script.credentials,
        turns=turns,
        expected=None,
        error=NotIdentified.__name__,
        identifies=False,
    )
    return _Rewritten(case=case, invented=invented)
