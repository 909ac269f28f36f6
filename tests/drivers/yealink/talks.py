"""Sessions for tests: one that plays a script, one in front of an emulated phone, and a sign-in run by hand."""

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any

from drivers.yealink import DRIVER
from phonesync.driver.contract import PhoneContext
from phonesync.driver.emulation import EmulatedRequest, Emulator
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, SignedIn
from phonesync.model import PhoneIdentity

NOW = datetime(2025, 3, 6, 12, 0, tzinfo=UTC)
CREDENTIALS = Credentials(username="admin", password="Blue-Anchor-42")


def response(
    content: bytes | str = b"", *, status: int = 200, path: str = "/", headers: Sequence[tuple[str, str]] = ()
) -> Response:
    body = content.encode() if isinstance(content, str) else content
    return Response(status=status, headers=tuple(headers), content=body, path=path, at=NOW)


def phone(variant: str, *, origin: str = "", **quirks: str) -> PhoneContext:
    identity = PhoneIdentity(vendor="yealink", variant=variant)
    in_force = DRIVER.capabilities(identity, quirks=quirks)
    return PhoneContext(identity=identity, variant=in_force, quirks=quirks, origin=origin)


class ScriptedSession:
    """Answers requests from a list, in order, and remembers what was asked."""

    def __init__(self, *answers: Response) -> None:
        self.waiting = list(answers)
        self.asked: list[Request] = []

    def now(self) -> datetime:
        return NOW

    async def send(self, request: Request, /) -> Response:
        self.asked.append(request)
        answer = self.waiting.pop(0)
        return Response(
            status=answer.status,
            headers=answer.headers,
            content=answer.content,
            path=request.path,
            at=NOW,
        )

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.asked]


class EmulatedSession:
    """A conversation with an emulated phone, signed in by a flow where one is given."""

    def __init__(
        self,
        emulator: Emulator,
        *,
        flow: LoginFlow | None = None,
        credentials: Credentials = CREDENTIALS,
        now: Callable[[], datetime] = lambda: NOW,
    ) -> None:
        self.emulator, self.flow, self.credentials, self.now = emulator, flow, credentials, now
        self.signed_in: SignedIn | None = None
        self.asked: list[Request] = []

    async def send(self, request: Request, /) -> Response:
        if self.flow is None:
            return self.exchange(request)
        if self.signed_in is None:
            self.signed_in = self.sign_in()
        answer = self.exchange(self.flow.authorize(request, self.signed_in))
        if self.flow.is_expired(answer):
            self.signed_in = self.sign_in()
            answer = self.exchange(self.flow.authorize(request, self.signed_in))
            assert not self.flow.is_expired(answer)
        return answer

    def sign_in(self) -> SignedIn:
        assert self.flow is not None
        return run(self.flow.sign_in(self.credentials, now=self.now()), self.exchange)

    def sign_out(self) -> None:
        assert self.flow is not None
        assert self.signed_in is not None
        request = self.flow.sign_out(self.signed_in)
        if request is not None:
            self.exchange(request)

    def exchange(self, request: Request) -> Response:
        self.asked.append(request)
        sent = EmulatedRequest(
            method=request.method,
            target=request.path,
            headers=(("Host", "192.0.2.11"), *request.headers),
            content=request.content,
        )
        answer = self.emulator.answer(sent)
        return Response(
            status=answer.status,
            headers=answer.headers,
            content=answer.content,
            path=request.path,
            at=self.now(),
        )


def run(steps: Generator[Request, Response, SignedIn], exchange: Callable[[Request], Response]) -> Any:
    """Runs a sign-in to its end."""
    request = next(steps)
    while True:
        try:
            request = steps.send(exchange(request))
        except StopIteration as done:
            return done.value


def play(steps: Generator[Request, Response, SignedIn], *answers: Response) -> tuple[Any, list[Request]]:
    """Runs a sign-in against answers in order; what it returned or raised, and what it asked."""
    asked: list[Request] = []
    waiting = list(answers)

    def exchange(request: Request) -> Response:
        asked.append(request)
        return waiting.pop(0)

    try:
        return run(steps, exchange), asked
    except Exception as error:  # noqa: BLE001  the error is the result under test
        return error, asked
