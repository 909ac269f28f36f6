"""Mutated answers of phones that break HTTP, over real sockets, read leniently.

``python -m tests.system.broken_http --answers 10000`` fails where reading one took longer than its bounds
allow, or came to anything but a value or an error that says what the phone did.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from phonesync.clock import SystemClock
from phonesync.driver.session import Request
from phonesync.errors import PhoneTimeout, PhoneUnreachable, UnexpectedResponse
from phonesync.transport import Bounds, Target, Transport
from tests.transport.malformed import mutated

BOUNDS = Bounds(
    connect_s=10, read_s=0.2, request_s=20, total_s=20, body_bytes=20_000, header_bytes=4096, redirects=2
)
LONGEST_S = 30.0
"""A read that takes longer hangs; the bounds end it before that."""

AT_ONCE = 16
VALUE = "value"
ALLOWED = (VALUE, UnexpectedResponse.__name__, PhoneUnreachable.__name__, PhoneTimeout.__name__)


@dataclass(kw_only=True)
class Tally:
    """What the reads came to.

    Attributes:
        outcomes: How many came to what.
        strange: Those that came to what is not allowed, with seed and number.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)


class _Phone(asyncio.Protocol):
    """Answers a request with the mutation that its path names; then it mostly closes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        number = data.split(b" ", 2)[1].removeprefix(b"/").decode()
        rng = Random(f"{self._seed} {number}")
        sent = mutated(rng)
        place = rng.randrange(len(sent) + 1)
        self._transport.write(sent[:place])
        asyncio.get_running_loop().call_soon(self._rest, sent[place:], rng.randrange(20))

    def _rest(self, data: bytes, how: int) -> None:
        self._transport.write(data)
        if how == 1:
            self._transport.abort()
        elif how > 1:
            self._transport.close()


async def run(*, answers: int, seed: int) -> Tally:
    """Reads so many mutated answers.

    Args:
        answers: How many.
        seed: Of the mutations.
    """
    tally = Tally()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Phone(seed), "127.0.0.1", 0)
    target = Target(name="desk-101", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    transport = Transport(clock=SystemClock(), bounds=BOUNDS)
    numbers = iter(range(answers))

    async def work() -> None:
        for number in numbers:
            outcome = await _outcome(transport, target, number)
            tally.outcomes[outcome] += 1
            if outcome not in ALLOWED:
                tally.strange.append(f"seed {seed}, answer {number}: {outcome}")

    async with server, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return tally


async def _outcome(transport: Transport, target: Target, number: int) -> str:
    request = Request(path=f"/{number}", follow_redirects=number % 2 == 0)
    try:
        async with asyncio.timeout(LONGEST_S), transport.connect(target) as connection:
            await connection.read_answers(leniently=True)
            await connection.send(request)
    except (UnexpectedResponse, PhoneUnreachable, PhoneTimeout) as error:
        return type(error).__name__
    except TimeoutError:
        return "hangs"
    return VALUE


def main() -> int:
    """Runs it; 1 where an answer came to something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations")
    wanted = parser.parse_args()
    begun = time.monotonic()
    tally = asyncio.run(run(answers=wanted.answers, seed=wanted.seed))
    took = time.monotonic() - begun
    shown = ", ".join(f"{name} {tally.outcomes[name]}" for name in ALLOWED)
    lines = [f"{wanted.answers} mutated answers, seed {wanted.seed}, {took:.1f} s: {shown}.", *tally.strange]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(tally.strange))


if __name__ == "__main__":
    sys.exit(main())
