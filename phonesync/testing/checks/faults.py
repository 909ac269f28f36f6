"""Wrong answers: cut, foreign, broken, refused. None may be read as a shorter list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from phonesync.testing.checks.subject import Fault, Subject, require, run, unfaithful
from phonesync.testing.fixtures import Case, RecordedResponse
from phonesync.testing.replay import NOT_FOUND, Replay
from phonesync.testing.strangers import LOGIN_PAGE, PAGES

EVERY_BYTE = 1024
"""Bodies up to this length are cut at every byte."""

SAMPLES = 64
"""Longer ones at this many places, and at each of as many last bytes."""

_HTML = (("Content-Type", "text/html"),)
_STATUSES = (400, 401, 403, 404, 429, 500, 503)
_CONTENT_TYPES = ("application/octet-stream", "text/html; charset=%s", "application/json", "image/png", "")

Change = Callable[[RecordedResponse], RecordedResponse]


async def a_cut_answer_is_an_error_or_the_same_value(subject: Subject, case: Case) -> None:
    """Every strict prefix of every body gives an error or the whole value, never a shorter list."""
    for turn in range(len(case.turns)):
        for length in cuts(len(case.turns[turn].response.content)):
            await _is_harmless(
                subject, case, Fault(title=f"cut to {length} bytes", turn=turn, change=cut_to(length))
            )


async def a_foreign_answer_is_an_error(subject: Subject, case: Case) -> None:
    """A page that is no call list, in the place of any answer, gives an error, never an empty list."""
    replay = (await run(subject, case)).replay
    for turn, recorded in enumerate(case.turns):
        own = () if turn in _sign_in_turns(replay) else _sign_in_pages(case, replay)
        for title, page in (*PAGES, *own):
            if page.content != recorded.response.content:
                await _is_harmless(subject, case, Fault(title=title, turn=turn, change=always(page)))


async def a_broken_answer_is_an_error(subject: Subject, case: Case) -> None:
    """Error statuses, wrong content types, bytes flipped: an error of the phone or the right value."""
    for turn in range(len(case.turns)):
        for title, change in _breakages():
            await _is_harmless(subject, case, Fault(title=title, turn=turn, change=change))


def cuts(length: int) -> list[int]:
    """Lengths that a body of ``length`` bytes is cut to."""
    if length <= EVERY_BYTE:
        return list(range(length))
    spread = {length * sample // SAMPLES for sample in range(SAMPLES)}
    return sorted(spread | set(range(length - SAMPLES, length)))


async def _is_harmless(subject: Subject, case: Case, fault: Fault) -> None:
    outcome = await run(subject, case, fault)
    if outcome.log is None:
        return
    where = f"{fault.title} in turn {fault.turn + 1} of {case.name}"
    if case.expected is None:
        require(
            kept=False,
            message=f"{where}: a call log was read, although this phone must fail with {case.error}.",
        )
    else:
        wrong = unfaithful(case.expected, outcome.log)
        require(not wrong, f"{where} was read as if it were whole: {wrong}.")


def _sign_in_turns(replay: Replay) -> set[int]:
    """Turns that answered the sign-in and nothing else."""
    end = next(iter(replay.sign_in_ended), len(replay.sent))
    before, after = replay.answered[:end], replay.answered[end:]
    return {number for number in before if number is not None and number not in after}


def _sign_in_pages(case: Case, replay: Replay) -> Iterator[tuple[str, RecordedResponse]]:
    """What this phone shows to somebody who is signing in."""
    for number in sorted(_sign_in_turns(replay)):
        yield f"this phone's own sign-in page (turn {number + 1})", case.turns[number].response


def cut_to(length: int) -> Change:
    """The body's start, as if the connection had closed; no declared length betrays it."""

    def change(response: RecordedResponse) -> RecordedResponse:
        headers = tuple(header for header in response.headers if header[0].lower() != "content-length")
        return replace(response, headers=headers, content=response.content[:length])

    return change


def always(page: RecordedResponse) -> Change:
    """One answer, whatever was recorded."""
    return lambda _response: page


def _with_content_type(value: str) -> Change:
    def change(response: RecordedResponse) -> RecordedResponse:
        others = tuple(header for header in response.headers if header[0].lower() != "content-type")
        return replace(response, headers=(*others, ("Content-Type", value)) if value else others)

    return change


def _with_status(status: int) -> Change:
    return lambda response: replace(response, status=status)


def _breakages() -> Iterator[tuple[str, Change]]:
    for status in _STATUSES:
        yield f"status {status}", always(replace(NOT_FOUND, status=status))
        yield f"status {status} with the right body", _with_status(status)
    for value in _CONTENT_TYPES:
        yield f"content type {value!r}", _with_content_type(value)
    yield "no headers", lambda response: replace(response, headers=())
    yield (
        "a redirect to sign in",
        always(RecordedResponse(status=302, headers=(("Location", "/login"), *_HTML))),
    )
    yield "a sign-in page with status 401", always(replace(LOGIN_PAGE, status=401))
    yield (
        "bytes that are no text",
        lambda response: replace(response, content=b"\xff\xfe\x00" + response.content[3:]),
    )
    yield "the body twice", lambda response: replace(response, content=response.content * 2)
    yield "every second byte", lambda response: replace(response, content=response.content[::2])
