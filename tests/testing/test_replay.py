"""A replay answers as the phone did, whatever order it is asked in."""

from datetime import UTC, datetime

import pytest

from phonesync.driver.session import Credentials, Request, Response, SignedIn
from phonesync.errors import SessionExpired
from phonesync.testing.fixtures import RecordedRequest, RecordedResponse, Turn
from phonesync.testing.replay import MOST_REQUESTS, Nonconformity, Replay, SignedInReplay

NOW = datetime(2025, 3, 6, 12, tzinfo=UTC)


def turn(path: str, body: str, **response) -> Turn:
    return Turn(
        request=RecordedRequest(method="GET", path=path),
        response=RecordedResponse(content=body.encode(), **response),
    )


def replay(*turns: Turn) -> Replay:
    return Replay(turns=turns, clock=NOW)


class Ticket:
    """A sign-in that is told a number, and shows it with every request."""

    def sign_in(self, credentials, *, now):
        response = yield Request(path="/ticket")
        return SignedIn(values={"ticket": response.content.decode()})

    def authorize(self, request, signed_in):
        return request.with_headers(("X-Ticket", signed_in.values["ticket"]))

    def is_expired(self, response: Response) -> bool:
        return response.status == 401

    def sign_out(self, signed_in):
        return Request(path="/leave")


@pytest.mark.anyio
async def test_turns_are_found_in_any_order_and_equal_ones_answer_in_turn():
    phone = replay(turn("/a", "first"), turn("/b", "b"), turn("/a", "second"))
    bodies = [(await phone.send(Request(path=path))).content for path in ("/b", "/a", "/a", "/a")]
    assert bodies == [b"b", b"first", b"second", b"second"]
    assert phone.answered == [1, 0, 2, 2]


@pytest.mark.anyio
async def test_what_was_not_recorded_is_answered_with_404_and_noted():
    phone = replay(turn("/a", "a"))
    response = await phone.send(Request(path="/dial"))
    assert response.status == 404
    assert [request.path for request in phone.unrecorded] == ["/dial"]


@pytest.mark.anyio
async def test_an_answer_can_be_altered_on_its_way():
    phone = replay(turn("/a", "a"), turn("/b", "b"))
    phone.alter = lambda number, given: RecordedResponse(status=500) if number == 1 else given
    assert [(await phone.send(Request(path=path))).status for path in ("/a", "/b")] == [200, 500]


@pytest.mark.anyio
async def test_a_driver_that_never_ends_is_stopped():
    phone = replay(turn("/a", "a"))
    for _ in range(MOST_REQUESTS):
        await phone.send(Request(path="/a"))
    with pytest.raises(Nonconformity, match="would send more"):
        await phone.send(Request(path="/a"))


@pytest.mark.anyio
async def test_an_expired_session_is_renewed_once():
    turns = (turn("/ticket", "1"), turn("/list", "", status=401), turn("/ticket", "2"), turn("/list", "rows"))
    phone = replay(*turns)
    session = SignedInReplay(phone, Ticket(), Credentials(username="u", password="p"))
    await session.sign_in()
    assert (await session.send(Request(path="/list"))).content == b"rows"
    assert [value.values["ticket"] for value in phone.signed_in] == ["1", "2"]
    assert phone.sent[-1].headers == (("X-Ticket", "2"),)


@pytest.mark.anyio
async def test_a_session_that_expires_again_is_an_error():
    phone = replay(turn("/ticket", "1"), turn("/list", "", status=401))
    session = SignedInReplay(phone, Ticket(), Credentials(username="u", password="p"))
    await session.sign_in()
    with pytest.raises(SessionExpired):
        await session.send(Request(path="/list"))
    await session.sign_out()
    assert phone.sent[-1].path == "/leave"
