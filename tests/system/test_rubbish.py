"""Rubbish in place of any answer of a poll: a sentence about the phone, never a bug, never a row."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from phonesync.agent.values import INTERNAL
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse
from phonesync.farm.desk import Desk
from tests.system.office import KINDS, Office, opened
from tests.thorough import daily

pytestmark = [pytest.mark.network, pytest.mark.anyio]

TURNS = 10
"""More than any poll takes, sign-out included."""

STATUSES = (200, 200, 200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 418, 500, 503, 599)
TYPES = ("text/html", "application/json", "text/xml", "image/png", "", "text/html; charset=utf-99")
PIECES = (
    *(
        b'{"ret":"ok","data":',
        b'{"ret":"failed","error":{"msg":"',
        b"[" * 3000,
        b"{" * 500,
        b'"calls":[',
        b"null",
    ),
    *(b"<html><body>", b"<div id='_RES_INFO_'>", b'var g_rsa_n = "', b"var g_callloglist = ", b'Cfgdata2="'),
    *(
        b"</html>",
        b"<table><tr><td>",
        b"\xff\xfe\x00",
        b"1e400",
        b"-" * 400,
        b"9" * 400,
        b"&#xD800;",
        b"\xed\xa0\x80",
    ),
    *(b'g_json.ParseJSON("', b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"\\u", b'"type":', b"\r\n", b"\x00" * 50),
)
Rubbish = Callable[[Random, EmulatedResponse], EmulatedResponse]


def noise(rng: Random, answer: EmulatedResponse) -> EmulatedResponse:
    """Bytes that mean nothing."""
    return replace(answer, content=rng.randbytes(rng.randrange(400)))


def fragments(rng: Random, answer: EmulatedResponse) -> EmulatedResponse:
    """Bytes that nearly mean something."""
    pieces = [rng.choice((*PIECES, rng.randbytes(5))) for _ in range(rng.randrange(1, 12))]
    return replace(answer, content=b"".join(pieces))


def elsewhere(rng: Random, answer: EmulatedResponse) -> EmulatedResponse:
    """Another status, other headers."""
    letters = string.ascii_letters + string.digits + "/?&=%:;.-_ \"'<>\\"
    word = "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
    names = ("Location", "Set-Cookie", "WWW-Authenticate", "Content-Encoding", "Retry-After")
    headers = (("Content-Type", rng.choice(TYPES)), (rng.choice(names), word))
    return replace(fragments(rng, answer), status=rng.choice(STATUSES), headers=headers)


def spoilt(rng: Random, answer: EmulatedResponse) -> EmulatedResponse:
    """The true answer with a few bytes changed, taken out or doubled."""
    content = bytearray(answer.content)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(content) + 1)
        length = rng.choice((1, 1, 2, 40))
        match rng.randrange(4):
            case 0:
                del content[at : at + length]
            case 1:
                content[at : at + length] = rng.randbytes(length)
            case 2:
                content[at:at] = content[at : at + length]
            case _:
                content[at:at] = rng.choice(PIECES)
    return replace(answer, content=bytes(content))


def spoil(
    desk: Desk, patch: pytest.MonkeyPatch, rng: Random, *, turn: int | None, how: Rubbish
) -> list[EmulatedRequest]:
    """Has a phone answer rubbish at one turn of the next poll, or at every one; returns what it is asked."""
    answer = desk.wired.emulator.answer
    asked: list[EmulatedRequest] = []

    def spoiling(request: EmulatedRequest) -> EmulatedResponse:
        asked.append(request)
        return how(rng, answer(request)) if turn in (None, len(asked)) else answer(request)

    patch.setattr(desk.wired.emulator, "answer", spoiling)
    return asked


async def poll_once(office: Office, desk: Desk, rng: Random, *, turn: int | None, how: Rubbish) -> bool:
    """One poll with rubbish in it, and the phone as it was before, for the next; tells whether it failed."""
    office.pass_time(minutes=6)
    with pytest.MonkeyPatch.context() as patch:
        met = spoil(desk, patch, rng, turn=turn, how=how)
        result = (await office.read())[desk.name]
    assert result.error_kind != INTERNAL, (turn, how.__name__)
    if not result.ok:
        text = str(office.state(desk.name).last_error)
        assert result.error
        assert text
        assert "Traceback" not in text
        assert desk.password not in text
    desk.wired.emulator.reboot()
    assert met, (turn, how.__name__)
    state = office.state(desk.name)
    freed = replace(
        state, refused_credentials=None, offered_credentials=None, locked_until=None, sign_in_lost_at=None
    )
    office.store.save_state(freed, before=state)
    return not result.ok


@pytest.mark.parametrize("how", [noise, fragments, elsewhere], ids=lambda how: how.__name__)
@pytest.mark.parametrize("kind", KINDS)
async def test_rubbish_at_any_turn_of_a_poll_is_named_and_brings_no_row(tmp_path, kind, how, log):
    rng = Random(f"rubbish {kind} {how.__name__}")
    async with opened(tmp_path, phones=1, kinds=(kind,), hours=3) as office:
        (desk,) = office.world.desks.values()
        await office.read()
        failed = [
            await poll_once(office, desk, rng, turn=turn, how=how)
            for turn in (None, None, *range(1, TURNS + 1))
            for _ in range(daily(1, thorough=3))
        ]
        assert sum(failed) > len(failed) // 6
        office.pass_time(minutes=10)
        await office.restart()
        assert (await office.read())[desk.name].ok
        card = office.card()
        assert not any((card.lost.count, card.doubled.count, card.invented.count)), card.markdown()
        assert not [line for line in log if line["event"] == "bug"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_spoilt_answer_is_never_a_bug(tmp_path, kind, log):
    rng = Random(f"spoilt {kind}")
    async with opened(tmp_path, phones=1, kinds=(kind,), hours=3) as office:
        (desk,) = office.world.desks.values()
        await office.read()
        before = {row.id for row in office.entries()}
        for number in range(daily(20, thorough=60)):
            await poll_once(office, desk, rng, turn=1 + number % TURNS if number % 6 else None, how=spoilt)
        assert before <= {row.id for row in office.entries()}
        assert not [line for line in log if line["event"] == "bug"]
