"""Conversations for tests: through the real transport over pytest-httpx, and one answer at a time."""

from datetime import UTC, datetime

import httpx

from drivers.grandstream import DRIVER
from phonesync.driver.contract import PhoneContext
from phonesync.driver.session import Credentials, Response
from phonesync.model import PhoneIdentity
from phonesync.transport import SignedInSession, Target, Transport

NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
CREDENTIALS = Credentials(username="admin", password="Blue-Anchor-42")
ORIGIN = "http://192.0.2.11"
TARGET = Target(name="desk-101", url=ORIGIN)


class StillClock:
    """Time that stands still."""

    def now(self):
        return NOW

    def monotonic(self):
        return 0.0

    async def sleep(self, seconds):
        raise AssertionError(seconds)


def phone(variant, *, model=None, experimental=False, origin=ORIGIN, **quirks) -> PhoneContext:
    identity = PhoneIdentity(vendor="grandstream", variant=variant, model=model)
    in_force = DRIVER.capabilities(identity, quirks=quirks)
    return PhoneContext(
        identity=identity, variant=in_force, quirks=quirks, experimental=experimental, origin=origin
    )


def response(content="", *, status=200, path="/", headers=()) -> Response:
    body = content.encode() if isinstance(content, str) else content
    return Response(status=status, headers=tuple(headers), content=body, path=path, at=NOW)


def connecting():
    return Transport(clock=StillClock(), http=lambda _target: httpx.AsyncHTTPTransport()).connect(TARGET)


async def visit(context, use, *, credentials=CREDENTIALS):
    """Signs in, has ``use`` done with the session, and signs out, as the core does."""
    async with connecting() as connection:
        session = SignedInSession(connection, DRIVER.login_flow(phone=context), credentials)
        try:
            await session.sign_in()
            return await use(session)
        finally:
            await session.sign_out()


async def read(context, **more):
    return await visit(context, lambda session: DRIVER.read_call_log(session, phone=context), **more)


def asked(httpx_mock):
    """Method, target and body of every request, in order."""
    return [
        " ".join(filter(None, (one.method, one.url.raw_path.decode(), one.content.decode())))
        for one in httpx_mock.get_requests()
    ]
