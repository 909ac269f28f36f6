"""The true calls of a simulated office as its switch would write them into ``Master.csv``."""

from phonesync.farm.telephony import CallKind, Leg, TrueCall
from phonesync.model import ListName
from tests.cdr.switch import Switch


def lines_of(switch: Switch, call: TrueCall) -> list[str]:
    """A line for each desk that was called, or for the number dialled outside; in the order of their ends."""
    placed = [leg for leg in call.legs if leg.list_name is ListName.PLACED]
    if call.kind is CallKind.OUTBOUND:
        return [_outside(switch, call, leg) for leg in placed[:1]]
    called = [leg for leg in call.legs if leg.list_name is not ListName.PLACED]
    caller = placed[0].extension if call.kind is CallKind.INTERNAL and placed else None
    return [
        _line(switch, call, leg, _caller(leg, call, caller))
        for leg in sorted(called, key=lambda leg: leg.ended)
    ]


def _caller(leg: Leg, call: TrueCall, caller: str | None) -> str | None:
    """Whose channel calls a desk: a colleague's, where one hands a call over with a word; None: from outside."""
    if caller is not None:
        return caller
    colleagues = {other.extension for other in call.legs if other.list_name is ListName.PLACED}
    return leg.number if leg.number in colleagues else None


def _line(switch: Switch, call: TrueCall, leg: Leg, caller: str | None) -> str:
    return switch.line(
        src=caller or leg.number,
        clid=None if caller or leg.number else "Anonymous",
        dst=call.group or leg.extension,
        caller=caller or "trunk",
        peer=leg.extension,
        context="ext-group" if call.group else "from-trunk",
        **_times(leg),
        **_ids(call),
    )


def _outside(switch: Switch, call: TrueCall, leg: Leg) -> str:
    return switch.line(
        src=leg.extension, dst=leg.number, caller=leg.extension, peer="trunk", **_times(leg), **_ids(call)
    )


def _times(leg: Leg) -> dict[str, object]:
    until = leg.answered or leg.ended
    return {
        "start": leg.started,
        "ring": round((until - leg.started).total_seconds()),
        "talk": leg.duration_s,
        "disposition": "ANSWERED" if leg.answered else "NO ANSWER",
    }


def _ids(call: TrueCall) -> dict[str, object]:
    return {"made": call.started, "number": call.id}
