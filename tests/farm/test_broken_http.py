"""Phones that break HTTP, and phones whose web server crashes: on a real socket byte by byte, and without one."""

from dataclasses import dataclass, field

import httpx
import pytest

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse
from phonesync.farm.faults import Fault, FaultKind, FaultPlan
from phonesync.farm.server import FarmServer
from tests.farm.test_farm_server import talk
from tests.farm.test_faults import WAYS, reached

pytestmark = [pytest.mark.network, pytest.mark.anyio]


@dataclass
class Odd:
    """Answers everything alike."""

    answers: EmulatedResponse
    wrong_passwords: int = 0
    intrusions: list[str] = field(default_factory=list)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        return self.answers

    def reboot(self) -> None:
        """It has nothing to forget."""


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (
            EmulatedResponse(prelude=("#!/bin/sh",), version="HTTP/1.0", content=b"x"),
            b"#!/bin/sh\r\nHTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
        ),
        (
            EmulatedResponse(
                headers=(("A", "b"), ("", "#!/bin/sh"), ("Set-Cookie", "HttpOnly")), content=b"x"
            ),
            (
                b"HTTP/1.1 200 OK\r\nA: b\r\n#!/bin/sh\r\nSet-Cookie: HttpOnly\r\nContent-Length: 1\r\n"
                b"Connection: close\r\n\r\nx"
            ),
        ),
        (
            EmulatedResponse(length_known=False, says_close=False, content=b"to the end"),
            b"HTTP/1.1 200 OK\r\n\r\nto the end",
        ),
    ],
)
async def test_what_breaks_http_goes_out_byte_by_byte(answer, sent):
    async with FarmServer() as farm:
        url = await farm.add("127.0.2.1", 0, Odd(answer))
        assert await talk(url, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == sent


async def test_without_a_wire_there_is_no_http_to_break():
    odd = Odd(EmulatedResponse(prelude=("#!/bin/sh",), headers=(("", "#!"), ("A", "b")), content=b"x"))
    async with reached("in process", odd, FaultPlan()) as http:
        answer = await http.get("/")
    assert (answer.content, answer.headers["A"]) == (b"x", "b")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [None, FaultKind.CUT, FaultKind.ENDLESS, FaultKind.DRIP, FaultKind.SLOW])
async def test_a_crashed_phone_breaks_the_connection_whatever_else_is_wrong(way, kind):
    plan = FaultPlan()
    if kind is not None:
        plan.set(Fault(kind=kind, at_byte=5, delay_s=0.0))
    async with reached(way, Odd(EmulatedResponse(hung_up=True)), plan) as http:
        with pytest.raises(httpx.TransportError):
            await http.get("/")
