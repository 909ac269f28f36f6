"""Contacts pushed to emulated phones over real sockets, and cut at random instants.

``python -m tests.system.push_cuts --cuts 50 --seed 1`` prints what became of them; it fails where a contact
typed by hand is gone or changed, one of ours stands twice, or the push after a cut does not finish it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from phonesync import config as configuration
from phonesync.agent.push_values import PushResult
from phonesync.cli import phone_orders
from phonesync.driver.emulation import EmulatedRequest
from phonesync.errors import PhonesyncError
from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault, FaultKind
from phonesync.model import BookEntry, ContactNumber, NumberKind
from phonesync.phonebook.contents import bare, digest
from phonesync.phonebook.push_values import Action
from tests.kept_logs import KEPT
from tests.system.live import Live, live
from tests.system.push_child import push, write_book

KINDS = ("gxv-gmi", "yealink-servlet", "yealink-servlet-rsa", "gxp16-form")
UNREADABLE = "gxp16-form"
READABLE = "gxv-gmi"
"""The one kind that shows the numbers of its contacts."""

_WRITES = ("setcontact", "updatecontact", "api-save_contact")
_PATIENCE_S = 60.0


class Cut(StrEnum):
    """Where a push ends."""

    LOST = "the connection breaks before the phone has done what was asked"
    DONE = "the connection breaks after it"
    HALF = "the answer breaks off"
    KILLED_BEFORE = "the process is killed before the phone has done what was asked"
    KILLED_AFTER = "the process is killed after it"
    KILLED_WRITING = "the process is killed while it writes down what the phone said"


@dataclass(kw_only=True)
class Tally:
    """What the cuts came to.

    Attributes:
        cuts: Made, by where.
        typed: Contacts typed by hand, over all phones.
        spoiled: Of these, gone or changed.
        wanted: Contacts wanted, over all phones, whose numbers nobody typed.
        there: Of these, on the phone as wanted.
        doubled: Numbers of ours that stand on a phone twice, or beside a typed one where numbers can be read.
        doubtful: Wanted ones sent to a phone that cannot be read, and never answered for.
        by_hand: Wanted ones that a person must edit, because the phone cannot be told to change them.
        unfinished: Pushes after a cut that left something that could have been written.
        intrusions: Requests that clear, remove, or do anything but add and change contacts.
        passwords: Wrong passwords that phones saw.
    """

    cuts: Counter[Cut] = field(default_factory=Counter)
    typed: int = 0
    spoiled: int = 0
    wanted: int = 0
    there: int = 0
    doubled: int = 0
    doubtful: int = 0
    by_hand: int = 0
    unfinished: list[str] = field(default_factory=list)
    intrusions: list[str] = field(default_factory=list)
    passwords: int = 0

    @property
    def clean(self) -> bool:
        """Nothing typed was spoiled, nothing doubled, everything finished."""
        broken = self.spoiled or self.doubled or self.unfinished or self.intrusions or self.passwords
        return not broken and self.there + self.doubtful + self.by_hand == self.wanted

    def lines(self) -> list[str]:
        """The figures, for people."""
        return [
            f"cuts: {self.cuts.total()}",
            *(f"  {count:3d}  {cut.value}" for cut, count in sorted(self.cuts.items())),
            f"contacts typed by hand: {self.typed}, gone or changed: {self.spoiled}",
            f"contacts wanted: {self.wanted}, on the phone as wanted: {self.there}",
            f"  left to a person who can edit them: {self.by_hand}",
            f"  sent to a phone that cannot be read, without an answer, and not there: {self.doubtful}",
            f"numbers of ours that stand twice: {self.doubled}",
            f"pushes after a cut that did not finish: {len(self.unfinished)}",
            f"requests that clear or remove: {len(self.intrusions)}, wrong passwords: {self.passwords}",
            *(f"  {line}" for line in (*self.unfinished[:10], *self.intrusions[:10])),
        ]


@dataclass(slots=True, kw_only=True)
class Blade:
    """Cuts at the so-manieth request of a push.

    Attributes:
        cut: How.
        at: At which request, from 1.
        writes: Only requests that write are counted.
        rng: Of the bytes that get through.
    """

    cut: Cut
    at: int
    writes: bool
    rng: Random = field(default_factory=lambda: Random(1))
    fell: bool = False
    process: asyncio.subprocess.Process | None = None

    def decide(self, request: EmulatedRequest) -> Fault | None:
        """What becomes of a request."""
        if self.fell or (self.writes and not any(word in request.target for word in _WRITES)):
            return None
        self.at -= 1
        if self.at > 0:
            return None
        self.fell = True
        if self.cut is Cut.HALF:
            return Fault(kind=FaultKind.CUT, at_byte=self.rng.randrange(60), in_head=True)
        if self.cut is Cut.KILLED_WRITING:
            assert self.process is not None
            asyncio.get_running_loop().call_later(self.rng.uniform(0, 0.004), self._kill)
            return None
        if self.cut in {Cut.KILLED_BEFORE, Cut.KILLED_AFTER}:
            self._kill()
        return Fault(kind=FaultKind.RESET, acted=self.cut in {Cut.DONE, Cut.KILLED_AFTER})

    def _kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()


class CutRun:
    """One run: phones on real sockets, pushes that are cut, and the pushes after them."""

    def __init__(self, farm: Live, *, seed: int) -> None:
        self.farm = farm
        self.rng = Random(seed)
        self.tally = Tally()
        self._books: dict[str, list[BookEntry]] = {name: [] for name in farm.world.desks}
        self._serial = 0

    def prepare(self) -> None:
        """People type contacts into their phones; the administrator wants some to begin with."""
        for desk in self.farm.world.desks.values():
            directory = desk.memory.directory
            for place in range(6):
                directory.type_in(f"Дома {place}", [("home", f"8495777{place:04}")])
            for _ in range(5):
                self._grow(desk.name)
            shared = self._books[desk.name][0].numbers[0].number
            directory.type_in("Мой сосед", [("mobile", shared)])  # wanted too, under another name

    def _grow(self, phone: str) -> None:
        self._serial += 1
        numbers = [(NumberKind.WORK, f"8495666{self._serial:04}")]
        if self.rng.random() < 0.4:
            numbers.append((NumberKind.MOBILE, f"8926666{self._serial:04}"))
        listed = tuple(ContactNumber(number=number, kind=kind) for kind, number in numbers)
        name = f"Сотрудник {self._serial} «{self.rng.choice('абв')}»"
        self._books[phone].append(BookEntry(contact=f"staff/{self._serial}", name=name, numbers=listed))

    def _change(self, phone: str) -> None:
        place = self.rng.randrange(len(self._books[phone]))
        old = self._books[phone][place]
        self._serial += 1
        self._books[phone][place] = BookEntry(
            contact=old.contact, name=f"{old.name} {self._serial}", numbers=old.numbers
        )

    # --- cuts ---------------------------------------------------------------------------------------------

    async def cut(self) -> None:
        """Wants more of a phone, has the push cut, looks, and has the next one finish."""
        desk = self.rng.choice(list(self.farm.world.desks.values()))
        for _ in range(self.rng.randint(1, 4)):
            self._grow(desk.name)
        if desk.kind.name == READABLE:
            self._change(desk.name)
        blade = Blade(
            cut=self.rng.choice(list(Cut)),
            at=self.rng.randint(1, 4),
            writes=self.rng.random() < 0.7,
            rng=self.rng,
        )
        desk.wired.faults.decide = blade.decide
        if blade.cut in {Cut.LOST, Cut.DONE, Cut.HALF}:
            await self._pushed(desk)
        else:
            await self._pushed_by_child(desk, blade)
        desk.wired.faults.decide = None
        self.tally.cuts[blade.cut] += blade.fell
        self._look(desk)
        await self.finish(desk)

    async def finish(self, desk: Desk) -> None:
        """The push after a cut."""
        self._retried(desk)
        result = await self._pushed(desk)
        if isinstance(result, PhonesyncError) or not result.complete:
            self.tally.unfinished.append(f"{desk.name} ({desk.kind.name}): {result}"[:300])
        self._look(desk)

    async def _pushed(self, desk: Desk) -> PushResult | PhonesyncError:
        try:
            return await push(self.farm.config, desk.name, self._book(desk))
        except PhonesyncError as error:
            return error

    async def _pushed_by_child(self, desk: Desk, blade: Blade) -> None:
        blade.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.system.push_child"),
            *(str(self.farm.config), desk.name, str(self._book(desk))),
            stderr=KEPT.stderr,
        )
        async with asyncio.timeout(_PATIENCE_S):
            await blade.process.wait()

    def _book(self, desk: Desk) -> Path:
        path = self.farm.folder / f"{desk.name}.json"
        write_book(path, self._books[desk.name])
        return path

    def _retried(self, desk: Desk) -> None:
        """A person lets a phone be signed in to again that never said whether the password is right."""
        config = configuration.load(self.farm.config)
        with self.farm.store() as store:
            if desk.name in {state.name for state in store.phones()}:
                phone_orders.retry(config, store, desk.name, swap=False)

    # --- what became of it --------------------------------------------------------------------------------

    def _look(self, desk: Desk) -> None:
        directory = desk.memory.directory
        self.tally.spoiled += len(directory.typed_and_gone())
        self.tally.doubled += self._doubled(desk)

    def _doubled(self, desk: Desk) -> int:
        directory = desk.memory.directory
        typed = Counter((name, numbers) for name, numbers in directory.typed)
        own = Counter((contact.name, contact.numbers) for contact in directory.own())
        ours = Counter(bare(number) for _, numbers in (own - typed).elements() for _, number in numbers)
        twice = sum(count - 1 for count in ours.values())
        if desk.kind.name != READABLE:
            return twice
        return twice + sum(bare(number) in ours for _, numbers in directory.typed for _, number in numbers)

    def judge(self) -> None:
        """Holds every phone against what is wanted of it."""
        for desk in self.farm.world.desks.values():
            directory = desk.memory.directory
            typed = {bare(number) for _, numbers in directory.typed for _, number in numbers}
            held = Counter(
                digest(one.name, [ContactNumber(number=number) for _, number in one.numbers])
                for one in directory.own()
            )
            wanted = [
                one for one in self._books[desk.name] if not typed & {bare(n.number) for n in one.numbers}
            ]
            self.tally.typed += len(directory.typed)
            self.tally.wanted += len(wanted)
            self.tally.there += sum(held[digest(one.name, one.numbers)] == 1 for one in wanted)
            self.tally.intrusions += desk.wired.emulator.intrusions
            self.tally.passwords += desk.wired.emulator.wrong_passwords

    async def ask(self) -> None:
        """What a last push says of contacts that are not there as wanted."""
        for desk in self.farm.world.desks.values():
            self._retried(desk)
            result = await self._pushed(desk)
            assert isinstance(result, PushResult), result
            assert result.planned is not None
            plan = result.planned.plan
            self.tally.by_hand += len(plan.of(Action.BY_HAND))
            names = {contact.name for contact in desk.memory.directory.own()}
            doubtful = [step for step in plan.of(Action.LEAVE) if "not sent twice" in step.reason]
            self.tally.doubtful += sum(step.name not in names for step in doubtful)


@asynccontextmanager
async def standing(
    folder: Path, *, seed: int, kinds: Sequence[str] = KINDS, phones: int
) -> AsyncIterator[CutRun]:
    """Phones on free ports, with contacts typed into them."""
    async with live(folder, phones=phones, kinds=kinds, hours=0.1, seed=seed) as farm:
        text = farm.config.read_text(encoding="utf-8")
        forms = [desk.name for desk in farm.world.desks.values() if desk.kind.name == UNREADABLE]
        for name in forms:
            text = text.replace(f'name = "{name}"\n', f'name = "{name}"\nexperimental = true\n')
        farm.config.write_text(text, encoding="utf-8")
        run = CutRun(farm, seed=seed)
        run.prepare()
        yield run


async def run(folder: Path, *, cuts: int, seed: int, kinds: Sequence[str] = KINDS, phones: int = 8) -> Tally:
    """Makes so many cuts that fell; returns what they came to."""
    async with standing(folder, seed=seed, kinds=kinds, phones=phones) as cutting:
        for desk in cutting.farm.world.desks.values():
            await cutting.finish(desk)
        while cutting.tally.cuts.total() < cuts:
            await cutting.cut()
        cutting.judge()
        await cutting.ask()
        return cutting.tally


def main() -> int:
    """Runs it and prints the figures; 1 where anything typed was spoiled, anything doubled or unfinished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phones", type=int, default=12)
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with TemporaryDirectory(prefix="phonesync-cuts-") as folder:
        tally = asyncio.run(run(Path(folder), cuts=wanted.cuts, seed=wanted.seed, phones=wanted.phones))
    sys.stdout.write("\n".join(tally.lines()) + "\n")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
