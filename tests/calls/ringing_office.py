"""An office whose phones ring in groups and hunt lists, for tests of what is learned from their rows."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from phonesync.calls.values import Bounds, Row
from phonesync.model import ListName, TimeOf

START = datetime(2026, 2, 2, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """How the rows of a phone show time."""

    time_of: TimeOf = TimeOf.START
    resolution_s: int = 1
    slack_s: float = 1.5


EXACT, MINUTES = Kind(), Kind(resolution_s=60, slack_s=5.0)
ANSWERED, RECORDED = Kind(TimeOf.ANSWERED), Kind(TimeOf.RECORDED)


class Office:
    """Rows of calls, made one after another; seconds count from :data:`START`."""

    def __init__(self, kinds=None) -> None:
        self.kinds = kinds or {}
        self.rows = []
        self.talks = {}

    def busy(self, extension, at):
        return self.talks.get(extension, -1.0) > at

    def row(self, extension, party, start, stop, *, end=None, list_name=None, number=None):
        """One row; ``end`` where somebody talked from ``stop`` on."""
        kind = self.kinds.get(extension, EXACT)
        shown = {TimeOf.START: start, TimeOf.ANSWERED: stop, TimeOf.RECORDED: end or stop}[kind.time_of]
        if end is None and kind.time_of is TimeOf.ANSWERED:
            shown = start
        at = START + timedelta(seconds=int(shown) // kind.resolution_s * kind.resolution_s)
        seen = START + timedelta(seconds=(end or stop) + 30)
        self.rows.append(
            Row(
                id=f"{len(self.rows):06}",
                phone=f"desk-{extension}",
                extension=extension,
                list_name=list_name or (ListName.MISSED if end is None else ListName.RECEIVED),
                number=number or party,
                party=party,
                at=at,
                resolution_s=kind.resolution_s,
                time_of=kind.time_of,
                clock=Bounds(low=-kind.slack_s, high=kind.slack_s),
                duration_s=None if end is None else int(end - stop),
                first_seen_at=seen,
            )
        )
        if end is not None:
            self.talks[extension] = end

    def direct(self, extension, party, at, talk=60.0):
        """A call to one phone, which answers."""
        if not self.busy(extension, at):
            self.row(extension, party, at, at + 5, end=at + 5 + talk)

    def placed(self, extension, number, at, *, talk=None):
        """A call to a number inside."""
        self.row(
            extension,
            f"ext:{number}",
            at,
            at + 6,
            end=None if talk is None else at + 6 + talk,
            list_name=ListName.PLACED,
            number=number,
        )

    def together(self, members, party, at, *, waits=12.0, answers=None, talk=90.0):
        """A call to a group: whoever is free rings until somebody answers, or the caller gives up."""
        for member in members:
            if not self.busy(member, at):
                end = at + waits + talk if member == answers else None
                self.row(member, party, at, at + waits, end=end)

    def in_turn(self, members, party, at, *, step=15.0, answers=None, answer=6.0, talk=90.0):
        """A call to a hunt list: whoever is free rings for a step, one after another."""
        for member in members:
            if self.busy(member, at):
                continue
            if member == answers:
                self.row(member, party, at, at + answer, end=at + answer + talk)
                return
            self.row(member, party, at, at + step)
            at += step


def caller(number):
    return f"+7495555{number:04}"


def busy_days(groups, lists, *, kinds=None, calls=600, days=10, seed=1, direct=0.4, step=15.0):
    """Some days of calls to groups, hunt lists and single phones, a fifth of the callers calling again."""
    chance, office = random.Random(seed), Office(kinds)
    phones = sorted({member for some in (*groups, *lists) for member in some})
    times = sorted(chance.uniform(0, days * 10 * 3600.0) for _ in range(calls))
    for at in times:
        when = at // 36000 * 86400 + at % 36000
        party = caller(chance.randrange(calls))
        while True:
            pick = chance.random()
            if pick < direct:
                office.direct(chance.choice(phones), party, when, chance.expovariate(1 / 120))
            else:
                office_call(office, chance, groups, lists, party, when, step)
            if chance.random() < 0.8:
                break
            when += chance.uniform(100, 400)
    return office


def office_call(office, chance, groups, lists, party, when, step):
    every = [*((True, some) for some in groups), *((False, some) for some in lists)]
    together, members = chance.choice(every)
    free = [member for member in members if not office.busy(member, when)]
    answers = chance.choice(free) if free and chance.random() < 0.7 else None
    talk = chance.expovariate(1 / 150)
    if together:
        office.together(members, party, when, waits=chance.uniform(3, 30), answers=answers, talk=talk)
    else:
        office.in_turn(
            members, party, when, step=step, answers=answers, answer=chance.uniform(2, 12), talk=talk
        )
