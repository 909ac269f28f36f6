"""Rows as phones would show them, made from what truly happened; seconds count from :data:`MONDAY`."""

from datetime import timedelta

from phonesync.calls.joining import join
from phonesync.calls.values import Bounds, Group, Knowledge, Ringing, Row
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY

CALLER, OTHER = "+74955550101", "+74955550102"
MEANINGS = tuple(TimeOf)
SALES = Group(name="Sales", number="600", members=("101", "102", "103"))
HUNT = Group(name="Night", number="610", members=("111", "112", "113"), ringing=Ringing.IN_TURN, step_s=15.0)
STORES = Group(name="Stores", members=("121", "122"), ringing=Ringing.PICKUP)
PHONES = {member: (f"desk-{member}",) for group in (SALES, HUNT, STORES) for member in group.members}
OFFICE = Knowledge(groups=(SALES, HUNT, STORES), phones=PHONES)


def row(extension, list_name, start, stop, end=None, party=CALLER, *, slack_s=0.0, **changes):
    """What a phone shows of a call.

    Args:
        extension: Of the phone, which is ``desk-`` and the extension.
        list_name: The list.
        start: It began to ring, or was dialled.
        stop: It stopped ringing.
        end: The talk ended; None where there was none.
        party: The other end.
        slack_s: The clock is known to so many seconds.
        changes: Fields of the row, ``time_of`` and ``resolution_s`` among them.
    """
    means = changes.setdefault("time_of", TimeOf.START)
    unit = changes.setdefault("resolution_s", 1)
    shown = {TimeOf.RECORDED: stop if end is None else end, TimeOf.ANSWERED: start if end is None else stop}
    seen = MONDAY + timedelta(seconds=(stop if end is None else end) + 600)
    defaults = {
        "id": f"{extension}-{start:05}-{list_name}",
        "phone": f"desk-{extension}",
        "extension": extension,
        "number": None if party is None else party.removeprefix("ext:"),
        "party": party,
        "at": MONDAY + timedelta(seconds=shown.get(means, start) // unit * unit),
        "clock": Bounds(low=-slack_s, high=slack_s),
        "duration_s": None if end is None else end - stop,
        "first_seen_at": seen,
        "unseen_at": seen - timedelta(hours=1),
    }
    return Row(list_name=list_name, **defaults | changes)


def missed(extension, start, stop, **changes):
    """It rang, and this phone did not answer."""
    return row(extension, ListName.MISSED, start, stop, **changes)


def received(extension, start, stop, end, **changes):
    """It rang, and this phone answered."""
    return row(extension, ListName.RECEIVED, start, stop, end, **changes)


def placed(extension, party, start, stop, end=None, **changes):
    """This phone dialled; without an end it reached nobody, and shows no talk time."""
    return row(extension, ListName.PLACED, start, stop, end, party, **changes)


def forwarded(extension, start, stop, **changes):
    """It rang, and this phone sent it on."""
    return row(extension, ListName.FORWARDED, start, stop, **changes)


def joined(*rows, knowledge=OFFICE):
    """Which entries are one call, each call by the phones and places of its rows."""
    return {frozenset(call.entry_ids) for call in join(rows, knowledge)}


def together(*rows):
    """Ids of rows, as :func:`joined` has them."""
    return frozenset(row.id for row in rows)


def only(*rows, knowledge=OFFICE):
    """The one call that the rows are."""
    (call,) = join(rows, knowledge)
    assert set(call.entry_ids) == together(*rows)
    return call


def rules(call):
    """The rules that its reasons name."""
    return {reason.rule for reason in call.reasons}
