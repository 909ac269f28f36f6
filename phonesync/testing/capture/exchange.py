"""The exchange of a fixture: the driver speaks to the rewritten answers, and its requests are taken down.

So a fixture's requests are never rewritten: whatever is worked out from a password, a nonce or a key is
worked out anew from the invented one. What differs from run to run (random numbers, encrypted passwords,
times) becomes ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from urllib.parse import parse_qsl, urlsplit

from phonesync.driver.contract import Driver, PhoneContext
from phonesync.driver.session import Credentials, Request, SignedIn
from phonesync.errors import PhoneError, PlanRefused, Unsupported
from phonesync.model import CallLog, PhoneIdentity, PhoneStatus
from phonesync.testing.fixtures import Headers, RecordedRequest, Turn
from phonesync.testing.replay import Replay, SignedInReplay

OTHER_TIMES = (
    timedelta(0),
    timedelta(days=53, hours=5, minutes=7, seconds=11.137),
    timedelta(days=-91, seconds=3.71),
)
"""How far the clocks of the runs that are compared lie apart: what a request says of the time must differ."""

_AUTHORISING = frozenset({"authorization", "cookie"})
_VOLATILE = re.compile(r"0?\.\d+|\d{9,}|(?=.*\d)[\w+/=.:-]{16,}")
"""Values of fields that are another each time: fractions, instants, encrypted words."""

_SHORTEST = 4
"""A part before a volatile one is kept from so many letters and digits on; fewer may be chance."""


@dataclass(slots=True, kw_only=True)
class Scripted(Replay):
    """Answers each request from the first turn left that has its method, path and names of fields."""

    def answering(self, request: Request) -> int | None:
        """Number of that turn; the last one of the kind once all have answered."""
        wanted = skeleton(request.method, request.target)
        alike = [
            number
            for number, turn in enumerate(self.turns)
            if skeleton(turn.request.method, turn.request.path) == wanted
        ]
        fresh = [number for number in alike if number not in self.answered]
        return next(iter(fresh or alike[-1:]), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a recording answers, apart for identification and session.

    Attributes:
        identifying: Turns before sign-in.
        session: Turns of sign-in and session.
        credentials: What the sign-in offers.
        signed_in: The session, where the sign-in cannot be replayed; else None.
        now: Our clock.
    """

    identifying: tuple[Turn, ...]
    session: tuple[Turn, ...]
    credentials: Credentials
    signed_in: SignedIn | None
    now: datetime


@dataclass(slots=True, kw_only=True)
class Run:
    """What one run of the driver over a script came to.

    Attributes:
        identity: What the phone is, or None.
        log: Its lists, or None.
        status: Its settings, or None.
        error: What reading the lists met, or None.
        sign_in_failed: What the sign-in met, or None.
        asked: Place of a turn (the session's first) to the request it answered first.
        opened: What the sign-in brought.
    """

    identity: PhoneIdentity | None = None
    log: CallLog | None = None
    status: PhoneStatus | None = None
    error: PhoneError | None = None
    sign_in_failed: PhoneError | None = None
    asked: dict[int, Request] = field(default_factory=dict)
    opened: SignedIn = field(default_factory=SignedIn)


def skeleton(method: str, path: str) -> tuple[str, str, tuple[str, ...]]:
    """What a request keeps whatever the time and the secrets: method, path, and its fields without those."""
    parts = urlsplit(path)
    fields = parse_qsl(parts.query, keep_blank_values=True)
    return (
        method,
        parts.path,
        tuple(name if _VOLATILE.fullmatch(value) else f"{name}={value}" for name, value in fields),
    )


async def run(script: Script, driver: Driver, phone: PhoneContext) -> Run:
    """Has the driver identify, sign in, read lists and settings, and sign out, as in a capture."""
    done = Run()
    first = Scripted(turns=script.identifying, clock=script.now)
    try:
        done.identity = await driver.identify(first)
    except PhoneError:
        done.identity = None
    replay = Scripted(turns=script.session, clock=script.now)
    flow = driver.login_flow(phone=phone)
    session = SignedInReplay(replay, flow, script.credentials, signed_in=script.signed_in)
    done.opened = script.signed_in or done.opened
    try:
        if script.signed_in is None:
            await session.sign_in()
            done.opened = replay.signed_in[-1]
    except Unsupported as error:
        done.error = error  # nobody knows how to sign in: there is no conversation but identification
    except PhoneError as error:
        done.sign_in_failed = error
    else:
        await _read(done, session, driver, phone)
    for place, asked in ((0, replay), (len(script.session), first)):
        for request, number in zip(asked.sent, asked.answered, strict=True):
            if number is not None:
                done.asked.setdefault(place + number, request)
    return done


async def _read(done: Run, session: SignedInReplay, driver: Driver, phone: PhoneContext) -> None:
    try:
        done.log = await driver.read_call_log(session, phone=phone)
    except PhoneError as error:
        done.error = error
    try:
        done.status = await driver.read_status(session, phone=phone)
    except PhoneError:
        done.status = None
    await session.sign_out()


async def turns_of(script: Script, driver: Driver, phone: PhoneContext) -> tuple[Turn, ...]:
    """The turns that a fixture needs, with the requests that its driver makes to them.

    Those of the session come first: whoever asks without being signed in does not fit them, and gets on to
    those of identification.
    """
    runs = [
        await run(replace(script, now=script.now + by), driver, phone) for by in OTHER_TIMES for _ in range(2)
    ]
    answers = (*script.session, *script.identifying)
    found = []
    for place, turn in enumerate(answers):
        asked = [one.asked[place] for one in runs if place in one.asked]
        if asked:
            secrets = {
                value for one in runs for value in (*one.opened.values.values(), *one.opened.cookies.values())
            }
            found.append(Turn(request=_pattern(asked, secrets), response=turn.response))
    return tuple(found)


def _pattern(asked: Sequence[Request], secrets: set[str]) -> RecordedRequest:
    first = asked[0]
    names = [
        name
        for name, value in first.headers
        if name.lower() in _AUTHORISING
        or any(len(secret) >= _SHORTEST and secret in value for secret in secrets)
    ]
    headers: Headers = tuple(
        (name, _common([_header(request, name) for request in asked])) for name in dict.fromkeys(names)
    )
    return RecordedRequest(
        method=first.method,
        path=_common([request.target for request in asked]),
        headers=headers,
        body=_body([request.content for request in asked]),
    )


def _header(request: Request, name: str) -> str:
    return next((value for key, value in request.headers if key == name), "")


def _body(contents: Sequence[bytes]) -> str | None:
    try:
        texts = [content.decode("utf-8") for content in contents]
    except UnicodeDecodeError:
        return None
    if not any(texts) or (len(set(texts)) > 1 and any(re.search(r"\s", text) for text in texts)):
        return None
    return _common(texts)


def _common(texts: Sequence[str]) -> str:
    """The texts with ``*`` for each value of a field in which they differ.

    Raises:
        PlanRefused: They are not made alike.
    """
    found = texts[0]
    for other in texts[1:]:
        pieces, others = (re.split(r"([&?])", text) for text in (found, other))
        if len(pieces) != len(others):
            raise PlanRefused(
                "The driver asks for other fields at each run, so that its requests cannot be written down.",
                hint="Report this to the author of the driver.",
            )
        found = "".join(
            one if one == two else _starred(one, two) for one, two in zip(pieces, others, strict=True)
        )
    return found


def _starred(one: str, other: str) -> str:
    """One field with ``*`` from where its two values differ, down to the last whole part before."""
    name, equals, value = one.partition("=")
    second, _, other_value = other.partition("=")
    if not equals or name != second:
        return "*"
    kept = ""
    for part, against in zip_longest(
        *(re.findall(r"[0-9A-Za-z]+|[^0-9A-Za-z]", text) for text in (value, other_value)), fillvalue=""
    ):
        if part != against:
            break
        kept += part
    # The digits behind a percent sign belong to it.
    kept = re.sub(r"%$", "", kept)
    return f"{name}={kept if sum(map(str.isalpha, kept)) >= _SHORTEST else ''}*"
