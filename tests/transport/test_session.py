"""Signing in, once again when the session has ended, never after a refusal, and out in every case."""

import asyncio
import contextlib
import re
import socket

import pytest
import structlog

from phonesync.driver.session import Credentials, LoginFlow, Request, Session, SignedIn
from phonesync.errors import (
    DriverError,
    LockedOut,
    PhoneBusy,
    PhoneError,
    PhoneTimeout,
    PhoneUnreachable,
    SessionExpired,
    SignInRefused,
    UnexpectedResponse,
)
from phonesync.transport import Bounds, SignedInSession, Target, Transport

from .raw_phone import PATIENT, TickingClock, ok, raw_phone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("reading")]

CREDENTIALS = Credentials(username="admin", password="planted+Pa55word")
LIST = Request(path="/list")


class FormLogin:
    """Two requests in, a cookie and a token after; one out."""

    def __init__(self, *, signs_out=True, endless=False) -> None:
        self.signs_out = signs_out
        self.endless = endless
        self.began_at = []

    def sign_in(self, credentials, *, now):
        self.began_at.append(now)
        form = yield Request(path="/form")
        while self.endless:
            form = yield Request(path="/form")
        body = f"user={credentials.username}&pwd={credentials.password}".encode()
        answer = yield Request(path="/login", method="POST", content=body)
        if answer.content == b"refused":
            raise SignInRefused("The phone refused it.")
        if answer.content == b"locked":
            raise LockedOut("The phone has locked sign-in.")
        if answer.content == b"busy":
            raise PhoneBusy("Somebody else is signed in.")
        if "SID" not in answer.cookies:
            raise UnexpectedResponse("Not a sign-in answer.", content=answer.content)
        return SignedIn(cookies=answer.cookies, values={"token": form.content.decode()})

    def authorize(self, request, signed_in):
        return request.with_headers(
            ("Cookie", signed_in.cookie_header()), ("X-Token", signed_in.values["token"])
        )

    def is_expired(self, response):
        return response.status == 401

    def sign_out(self, signed_in):
        return self.authorize(Request(path="/logout", method="POST"), signed_in) if self.signs_out else None


class Desk:
    """What the phone does with each path; sessions are numbered."""

    def __init__(self, *, verdicts=(), expire=(), on_list=None, on_logout=None, on_login=None) -> None:
        self.verdicts = list(verdicts)
        self.expire = set(expire)
        self.on_list = on_list
        self.on_logout = on_logout
        self.on_login = on_login
        self.paths = []
        self.sessions = 0

    async def __call__(self, line, request) -> None:
        path = request.split(b" ")[1].decode()
        self.paths.append(path)
        doings = {"/list": self.on_list, "/logout": self.on_logout, "/login": self.on_login}
        special = doings.get(path.partition("?")[0])
        if special:
            await special(line)
        elif path == "/form":
            await line.say(ok(b"tok-planted-31337"))
        elif path == "/login":
            await self.login(line)
        elif path == "/list":
            sid = re.search(rb"Cookie: SID=session-planted-(\d)", request)
            alive = sid and int(sid[1]) == self.sessions and self.sessions not in self.expire
            await line.say(ok(b"rows", b"X-Seen: 1") if alive else ok(b"", status=b"401 Unauthorized"))
        else:
            await line.say(ok(b"out"))

    async def login(self, line):
        verdict = self.verdicts.pop(0) if self.verdicts else b"done"
        if verdict == b"done":
            self.sessions += 1
            await line.say(ok(b"done", b"Set-Cookie: SID=session-planted-%d; Path=/" % self.sessions))
        else:
            await line.say(ok(verdict))


def count(desk, path):
    return desk.paths.count(path)


async def reset(line):
    line.reset()


async def hang(line):
    await line.fall_silent(PATIENT.read_s)


async def error_500(line):
    await line.say(ok(b"no", status=b"500 Broken"))


@contextlib.asynccontextmanager
async def opened(desk, flow=None, **settings):
    """A session over a phone that behaves like ``desk``."""
    async with (
        raw_phone(desk) as phone,
        Transport(clock=TickingClock(), bounds=PATIENT).connect(phone.target()) as connection,
    ):
        yield SignedInSession(connection, flow or FormLogin(), CREDENTIALS, **settings)


def test_the_doubles_keep_the_contract():
    flow: LoginFlow = FormLogin()
    kind: type[Session] = SignedInSession
    assert flow
    assert kind


@pytest.mark.anyio
async def test_a_read_signs_in_once_authorises_each_request_and_signs_out():
    desk, flow = Desk(), FormLogin()
    async with opened(desk, flow) as session:
        assert (await session.send(LIST)).content == b"rows"
        assert (await session.send(LIST)).content == b"rows"
        assert flow.began_at == [session.now()]
        await session.sign_out()
    assert desk.paths == ["/form", "/login", "/list", "/list", "/logout"]


@pytest.mark.anyio
async def test_an_explicit_sign_in_is_not_repeated_by_the_first_request():
    desk = Desk()
    async with opened(desk) as session:
        await session.sign_in()
        await session.sign_in()
        await session.send(LIST)
    assert count(desk, "/login") == 1


@pytest.mark.anyio
async def test_an_expired_session_is_renewed_once_and_the_request_repeated():
    desk = Desk(expire={1})
    async with opened(desk) as session:
        assert (await session.send(LIST)).content == b"rows"
        await session.sign_out()
    again = ["/logout", "/form", "/login", "/list"]
    assert desk.paths == ["/form", "/login", "/list", *again, "/logout"]


@pytest.mark.anyio
async def test_a_session_that_only_seems_to_have_ended_does_not_keep_out_the_next_one():
    class OneAtATime(Desk):
        def __init__(self) -> None:
            super().__init__(expire={1})
            self.taken = False

        async def login(self, line):
            self.verdicts = [b"busy"] if self.taken else []
            self.taken = True
            await super().login(line)

        async def __call__(self, line, request) -> None:
            self.taken = self.taken and b"/logout" not in request.split(b" ")[1]
            await super().__call__(line, request)

    async with opened(OneAtATime()) as session:
        assert (await session.send(LIST)).content == b"rows"


@pytest.mark.anyio
async def test_a_session_that_expires_again_is_an_error_and_still_signed_out():
    desk = Desk(expire={1, 2})
    async with opened(desk) as session:
        with pytest.raises(SessionExpired, match="desk-101 ended the session again"):
            await session.send(LIST)
        await session.sign_out()
    assert count(desk, "/login") == 2
    assert desk.paths[-1] == "/logout"


@pytest.mark.anyio
async def test_one_read_renews_its_session_only_once():
    desk = Desk(expire={1})
    async with opened(desk) as session:
        await session.send(LIST)
        desk.expire.add(2)
        with pytest.raises(SessionExpired):
            await session.send(LIST)
        with pytest.raises(SessionExpired):
            await session.send(LIST)
    assert count(desk, "/login") == 2


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (b"refused", SignInRefused),
        (b"locked", LockedOut),
        (b"busy", PhoneBusy),
        (b"<html>what</html>", UnexpectedResponse),
    ],
)
async def test_after_a_failed_sign_in_the_phone_is_not_asked_again(verdict, kind):
    desk = Desk(verdicts=[verdict] * 5)
    async with opened(desk) as session:
        for attempt in (session.sign_in, lambda: session.send(LIST), session.sign_in):
            with pytest.raises(kind):
                await attempt()
        await session.sign_out()
        assert session.offered
        assert not session.accepted
        assert session.unanswered is (kind is UnexpectedResponse)
    assert desk.paths == ["/form", "/login"]


@pytest.mark.anyio
async def test_a_refusal_while_renewing_is_raised_and_nothing_is_signed_out():
    desk = Desk(verdicts=[b"done", b"refused", b"refused"], expire={1})
    async with opened(desk) as session:
        with pytest.raises(SignInRefused):
            await session.send(LIST)
        with pytest.raises(SignInRefused):
            await session.send(LIST)
        await session.sign_out()
    assert desk.paths == ["/form", "/login", "/list", "/logout", "/form", "/login"]


@pytest.mark.anyio
@pytest.mark.parametrize(("how", "kind"), [(reset, PhoneUnreachable), (hang, PhoneTimeout)])
async def test_a_sign_in_without_a_verdict_is_not_repeated_and_says_so(how, kind):
    desk = Desk(on_login=how)
    async with opened(desk) as session:
        for _ in range(2):
            with pytest.raises(kind):
                await session.send(LIST)
        assert session.unanswered
        assert session.offered
        assert not session.accepted
    assert count(desk, "/login") == 1


@pytest.mark.anyio
async def test_a_sign_in_that_is_cancelled_has_no_verdict():
    asked = asyncio.Event()

    async def hang_and_tell(line):
        asked.set()
        await line.hang()

    async with opened(Desk(on_login=hang_and_tell)) as session:
        signing_in = asyncio.create_task(session.sign_in())
        await asked.wait()
        signing_in.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await signing_in
        assert session.unanswered


@pytest.mark.anyio
async def test_a_sign_in_that_works_is_accepted_and_a_kept_session_is_not_one():
    desk = Desk()
    async with opened(desk) as session:
        await session.sign_in()
        assert (session.offered, session.accepted, session.unanswered) == (True, True, False)
        kept = session.signed_in
        again = SignedInSession(session._connection, FormLogin(), CREDENTIALS, signed_in=kept)
        await again.send(LIST)
        assert (again.offered, again.accepted, again.unanswered) == (False, False, False)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("request_", "offers"),
    [
        (Request(path="/login", method="POST", content=b"pwd"), True),
        (Request(path="/login", method="POST", content=b"key", harmless=True), False),
        (Request(path="/login"), False),
        (Request(path="/login?pwd=planted%2BPa55word"), True),
        (Request(path="/login", headers=(("authorization", "Basic x"),)), True),
    ],
    ids=["post", "harmless post", "get", "password in the path", "basic"],
)
async def test_a_lost_answer_leaves_a_doubt_only_where_a_password_went_out(request_, offers):
    class Direct(FormLogin):
        def sign_in(self, credentials, *, now):
            yield request_
            return SignedIn()

    desk = Desk(on_login=reset)
    async with opened(desk, Direct()) as session:
        with pytest.raises(PhoneUnreachable):
            await session.sign_in()
        assert (session.offered, session.unanswered) == (offers, offers)


@pytest.mark.anyio
async def test_a_sign_in_that_goes_on_after_the_password_has_been_let_in():
    class Token(FormLogin):
        def sign_in(self, credentials, *, now):
            yield Request(path="/form", method="POST", content=b"pwd")
            yield Request(path="/login", method="POST", content=b"token", harmless=True)
            return SignedIn()

    desk = Desk(on_login=hang)
    async with opened(desk, Token()) as session:
        with pytest.raises(PhoneTimeout):
            await session.sign_in()
        assert (session.offered, session.unanswered) == (True, False)


class EachTime(FormLogin):
    """No session: the password goes with every request."""

    def sign_in(self, credentials, *, now):
        yield self.authorize(Request(path="/form"), None)
        return SignedIn()

    def authorize(self, request, signed_in):
        return request.with_headers(("Authorization", "Basic x"))

    def sign_out(self, signed_in):
        return None


@pytest.mark.anyio
async def test_a_request_that_carries_the_password_is_never_repeated_and_its_loss_is_told():
    desk = Desk(on_list=reset)
    offers = []

    async def offering():
        offers.append(list(desk.paths))

    async with opened(desk) as other:
        session = SignedInSession(other._connection, EachTime(), CREDENTIALS, before_offer=offering)
        with pytest.raises(PhoneUnreachable):
            await session.send(LIST)
        assert (session.accepted, session.unanswered) == (True, True)
    assert desk.paths == ["/form", "/list"]
    assert offers == [[], ["/form"]]


@pytest.mark.anyio
async def test_no_password_is_sent_where_there_is_no_time_left_for_the_verdict():
    desk = Desk()
    bounds = Bounds(read_s=20, total_s=40)
    async with (
        raw_phone(desk) as phone,
        Transport(clock=TickingClock(), bounds=bounds).connect(phone.target()) as connection,
    ):
        session = SignedInSession(connection, FormLogin(), CREDENTIALS)
        connection._ends -= 25
        with pytest.raises(PhoneTimeout):
            await session.sign_in()
        assert not session.unanswered
        assert not session.offered
    assert desk.paths == ["/form"]


@pytest.mark.anyio
async def test_a_phone_that_was_never_reached_cannot_have_counted_a_password():
    class Direct(FormLogin):
        def sign_in(self, credentials, *, now):
            yield Request(path="/login", method="POST", content=b"pwd")
            return SignedIn()

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        target = Target(name="gone", url=f"http://127.0.0.1:{sock.getsockname()[1]}")
        async with Transport(clock=TickingClock(), bounds=PATIENT).connect(target) as connection:
            session = SignedInSession(connection, Direct(), CREDENTIALS)
            with pytest.raises(PhoneUnreachable):
                await session.sign_in()
            assert not session.unanswered


@pytest.mark.anyio
@pytest.mark.parametrize(("how", "kind"), [(reset, PhoneError), (hang, PhoneTimeout)])
async def test_a_failed_read_is_signed_out(how, kind):
    desk = Desk(on_list=how)
    async with opened(desk) as session:
        with pytest.raises(kind):
            async with session:
                await session.send(LIST)
    assert desk.paths[-1] == "/logout"


@pytest.mark.anyio
async def test_a_cancelled_read_is_signed_out():
    reading = asyncio.Event()

    async def hang_and_tell(line):
        reading.set()
        await line.hang()

    desk = Desk(on_list=hang_and_tell)
    async with opened(desk) as session:

        async def read():
            async with session:
                await session.send(LIST)

        task = asyncio.create_task(read())
        await reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert desk.paths[-1] == "/logout"


@pytest.mark.anyio
@pytest.mark.parametrize("how", [reset, hang, error_500])
async def test_a_failed_sign_out_is_logged_and_never_raised_or_repeated(how):
    desk = Desk(on_logout=how)
    async with opened(desk) as session:
        await session.send(LIST)
        with structlog.testing.capture_logs() as logs:
            await session.sign_out()
            await session.sign_out()
    assert [(line["event"], line["phone"]) for line in logs] == [("sign-out failed", "desk-101")]
    assert "planted" not in str(logs)
    assert count(desk, "/logout") == 1


@pytest.mark.anyio
async def test_nothing_is_signed_out_where_nobody_signed_in_or_no_sign_out_exists():
    desk = Desk()
    async with opened(desk) as session:
        await session.sign_out()
        assert desk.paths == []
    async with opened(desk, FormLogin(signs_out=False)) as session:
        await session.send(LIST)
        await session.sign_out()
    assert count(desk, "/logout") == 0


@pytest.mark.anyio
async def test_a_kept_session_is_used_again_without_signing_in():
    desk = Desk()
    desk.sessions = 1
    kept = SignedIn(cookies={"SID": "session-planted-1"}, values={"token": "t"})
    async with opened(desk, FormLogin(signs_out=False), signed_in=kept) as session:
        assert (await session.send(LIST)).content == b"rows"
        assert session.signed_in is kept
        desk.expire.add(1)
        assert (await session.send(LIST)).content == b"rows"
        assert session.signed_in is not kept
    assert count(desk, "/login") == 1


@pytest.mark.anyio
async def test_two_tasks_that_find_the_session_expired_renew_it_once():
    desk = Desk(expire={1})
    async with opened(desk) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(session.send(LIST)) for _ in range(4)]
    assert [task.result().content for task in tasks] == [b"rows"] * 4
    assert count(desk, "/login") == 2


@pytest.mark.anyio
async def test_a_sign_in_that_never_ends_is_the_drivers_fault():
    desk = Desk()
    async with opened(desk, FormLogin(endless=True)) as session:
        with pytest.raises(DriverError, match="does not end"):
            await session.sign_in()
    assert len(desk.paths) == 16


@pytest.mark.anyio
async def test_a_sign_in_answer_in_an_error_is_redacted():
    page = b"<html>planted+Pa55word planted%2BPa55word number 84955550123</html>"
    async with opened(Desk(verdicts=[page])) as session:
        with pytest.raises(UnexpectedResponse) as caught:
            await session.sign_in()
        assert caught.value.content == page
        assert caught.value.excerpt == "<html>*** *** number ###########</html>"


@pytest.mark.anyio
async def test_cookies_and_tokens_of_the_session_are_masked_from_then_on():
    async with opened(Desk()) as session:
        await session.sign_in()
        shown = session.excerpt(b"a session-planted-1 b tok-planted-31337 c planted+Pa55word d")
        assert shown == "a *** b *** c *** d"


def test_nothing_of_a_session_shows_in_its_repr():
    signed_in = SignedIn(cookies={"SID": "session-planted-1"}, values={"token": "tok-planted"})
    assert "planted" not in repr(signed_in) + repr(CREDENTIALS)
