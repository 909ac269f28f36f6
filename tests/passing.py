"""Time that passes for a running loop without anybody waiting for it."""

import asyncio


def pass_time(seconds: float) -> None:
    """Moves the clock of the running loop on: what waits for so long waits no more.

    A test that lets its own bounds pass may have long ones, which a busy machine does not run into.

    Args:
        seconds: How long.
    """
    loop = asyncio.get_running_loop()
    own = vars(loop)
    if "time" not in own:
        now, own["ahead_s"] = loop.time, 0.0
        own["time"] = lambda: now() + own["ahead_s"]
    own["ahead_s"] += seconds


async def turns() -> None:
    """Gives all others of the loop their turns, so that what lies on their sockets already is read."""
    await asyncio.sleep(0.05)
    for _ in range(20):
        await asyncio.sleep(0)
