"""The puzzles of ``docs/explanation/puzzles.md``: rows made by hand, and what is known besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.calls.explaining import Shown, explain
from phonesync.calls.joining import join
from phonesync.calls.settling import Proof, Proven, settle
from phonesync.calls.values import Bounds, Group, Knowledge, Ringing, Row
from phonesync.model import ListName, TimeOf

BERLIN = ZoneInfo("Europe/Berlin")
CALLER, OTHER = "0305550101", "0305550102"
MINUTE = 60
RIGHT = Bounds(low=0.0, high=0.0)

SALES = Group(name="Sales", number="600", members=("101", "102", "103", "104", "105"))
SERVICE = Group(name="Service", number="610", members=("111", "112"))
HUNT = Group(
    name="Workshop", number="620", members=("121", "122", "123"), ringing=Ringing.IN_TURN, step_s=15.0
)
STORES = Group(name="Stores", members=("141", "142"), ringing=Ringing.PICKUP)
GROUPS = (SALES, SERVICE, HUNT, STORES)
OFFICE = Knowledge(
    groups=GROUPS,
    phones={extension: (f"desk-{extension}",) for group in GROUPS for extension in group.members},
)


@dataclass(frozen=True, kw_only=True)
class Puzzle:
    """Rows and what is proven of their phones.

    Attributes:
        name: Its marker on the page.
        rows: Rows of one neighbourhood or of several.
        texts: Entry id to the time as the phone writes it.
        proven: What is proven of a phone.
    """

    name: str
    rows: tuple[Row, ...]
    texts: dict[str, str]
    proven: Proven


def everything(_phone: str, _since: datetime, _until: datetime) -> Proof:
    """All phones were read in time."""
    return Proof(share=1.0, final=True)


class Desk:
    """Rows of one phone, as it shows them.

    Args:
        extension: Of the phone, which is ``desk-`` and the extension.
        resolution_s: Width of the unit that it shows.
        clock: Its clock minus true time.
        time_of: What its times mean.
    """

    def __init__(
        self,
        extension: str,
        *,
        resolution_s: int = 1,
        clock: Bounds = RIGHT,
        time_of: TimeOf = TimeOf.START,
        department: str | None = None,
    ) -> None:
        self._extension = extension
        self._resolution_s = resolution_s
        self._clock = clock
        self._time_of = time_of
        self._department = department
        self._rows = 0

    def shows(
        self, list_name: ListName, number: str, wall: str, duration_s: int | None = None
    ) -> tuple[Row, str]:
        """A row, and the time as it stands there.

        Args:
            list_name: The list.
            number: As shown; three digits are an extension.
            wall: The phone's own date and time, ISO; ``+01:00`` behind it tells a doubled hour apart.
            duration_s: As shown.
        """
        self._rows += 1
        shown = datetime.fromisoformat(wall)
        at = shown if shown.tzinfo is not None else shown.replace(tzinfo=BERLIN)
        inside = len(number) == len(self._extension)
        row = Row(
            id=f"{self._extension}-{self._rows}",
            phone=f"desk-{self._extension}",
            extension=self._extension,
            department=self._department,
            list_name=list_name,
            number=number,
            party=f"ext:{number}" if inside else f"+49{number.removeprefix('0')}",
            at=at.astimezone(ZoneInfo("UTC")),
            resolution_s=self._resolution_s,
            time_of=self._time_of,
            clock=self._clock,
            duration_s=duration_s,
            first_seen_at=at.astimezone(ZoneInfo("UTC")) + timedelta(hours=2),
        )
        return row, f"{shown:%d.%m. %H:%M:%S}" if self._resolution_s == 1 else f"{shown:%d.%m. %H:%M}"


def placed(desk: Desk, number: str, wall: str, duration_s: int | None = None) -> tuple[Row, str]:
    return desk.shows(ListName.PLACED, number, wall, duration_s)


def received(desk: Desk, number: str, wall: str, duration_s: int | None = None) -> tuple[Row, str]:
    return desk.shows(ListName.RECEIVED, number, wall, duration_s)


def missed(desk: Desk, number: str, wall: str) -> tuple[Row, str]:
    return desk.shows(ListName.MISSED, number, wall)


def forwarded(desk: Desk, number: str, wall: str) -> tuple[Row, str]:
    return desk.shows(ListName.FORWARDED, number, wall)


def puzzle(name: str, *shown: tuple[Row, str], proven: Proven = everything) -> Puzzle:
    return Puzzle(
        name=name,
        rows=tuple(row for row, _ in shown),
        texts={row.id: text for row, text in shown},
        proven=proven,
    )


def explained(one: Puzzle) -> str:
    """The explanations of all calls of a puzzle, as on the page."""
    rows = {row.id: row for row in one.rows}
    calls = tuple(settle(call, one.proven) for call in join(one.rows, OFFICE))
    return "\n\n\n".join(
        explain(
            call,
            Shown(
                rows=rows,
                texts=one.texts,
                zone_of=lambda _phone: BERLIN,
                others=tuple(other for other in calls if other is not call),
            ),
        )
        for call in calls
    )


def group_with_one_answer() -> Puzzle:
    late = Desk("103", clock=Bounds(low=118.0, high=121.0))
    return puzzle(
        "group",
        received(Desk("101"), CALLER, "2026-03-02 10:00:05", 65),
        missed(Desk("102"), CALLER, "2026-03-02 10:00:05"),
        missed(late, CALLER, "2026-03-02 10:02:04"),
        missed(Desk("104", resolution_s=MINUTE), CALLER, "2026-03-02 10:00"),
        missed(Desk("105"), CALLER, "2026-03-02 10:00:06"),
    )


def internal_to_a_group() -> Puzzle:
    return puzzle(
        "internal",
        placed(Desk("201"), "600", "2026-03-02 11:20:00", 40),
        received(Desk("102"), "201", "2026-03-02 11:20:01", 40),
        missed(Desk("101"), "201", "2026-03-02 11:20:01"),
        missed(Desk("103"), "201", "2026-03-02 11:20:01"),
    )


def impatient_caller() -> Puzzle:
    first, second = (Desk(one, resolution_s=MINUTE) for one in SERVICE.members)
    return puzzle(
        "impatient",
        missed(first, CALLER, "2026-03-02 12:05"),
        received(first, CALLER, "2026-03-02 12:05", 90),
        missed(second, CALLER, "2026-03-02 12:05"),
        missed(second, CALLER, "2026-03-02 12:05"),
    )


def blind_transfer() -> Puzzle:
    return puzzle(
        "blind",
        received(Desk("201", time_of=TimeOf.RECORDED), CALLER, "2026-03-02 13:10:40", 30),
        received(Desk("202"), CALLER, "2026-03-02 13:10:40", 95),
    )


def attended_transfer() -> Puzzle:
    first = Desk("201")
    return puzzle(
        "attended",
        received(first, CALLER, "2026-03-02 14:00:00", 100),
        placed(first, "202", "2026-03-02 14:01:00", 40),
        received(Desk("202"), "201", "2026-03-02 14:01:00", 240),
    )


def forward() -> Puzzle:
    return puzzle(
        "forward",
        forwarded(Desk("201", time_of=TimeOf.RECORDED), CALLER, "2026-03-02 15:00:20"),
        received(Desk("202"), CALLER, "2026-03-02 15:00:20", 33),
    )


def pick_up() -> Puzzle:
    return puzzle(
        "pickup",
        missed(Desk("141", time_of=TimeOf.RECORDED), CALLER, "2026-03-02 15:30:11"),
        received(Desk("142"), CALLER, "2026-03-02 15:30:10", 50),
    )


def hunt_list() -> Puzzle:
    return puzzle(
        "hunt",
        missed(Desk("121"), CALLER, "2026-03-02 16:00:00"),
        missed(Desk("122"), CALLER, "2026-03-02 16:00:15"),
        received(Desk("123"), CALLER, "2026-03-02 16:00:30", 20),
    )


def end_of_summer_time() -> Puzzle:
    fast = Desk("101", clock=Bounds(low=239.0, high=241.0))
    return puzzle(
        "autumn",
        received(fast, CALLER, "2026-10-25 02:02:30+01:00", 2400),
        missed(Desk("102"), CALLER, "2026-10-25 02:58:30+02:00"),
    )


def gap_in_a_list() -> Puzzle:
    def partly(phone: str, _since: datetime, _until: datetime) -> Proof:
        return Proof(share=0.25 if phone == "desk-101" else 1.0, final=True)

    return puzzle(
        "gap",
        missed(Desk("102"), CALLER, "2026-03-03 09:00:00"),
        missed(Desk("103"), CALLER, "2026-03-03 09:00:00"),
        proven=partly,
    )


def undecidable() -> Puzzle:
    sharp = Desk("111")
    return puzzle(
        "undecided",
        missed(sharp, CALLER, "2026-03-03 10:30:05"),
        missed(sharp, CALLER, "2026-03-03 10:30:40"),
        missed(Desk("112", resolution_s=MINUTE), CALLER, "2026-03-03 10:30"),
    )


PUZZLES: tuple[Callable[[], Puzzle], ...] = (
    group_with_one_answer,
    internal_to_a_group,
    impatient_caller,
    blind_transfer,
    attended_transfer,
    forward,
    pick_up,
    hunt_list,
    end_of_summer_time,
    gap_in_a_list,
    undecidable,
)
"""In the order of the page."""
