"""Contacts pushed over real sockets: what is looked at, planned, written, refused, and finished after a cut."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

import pytest

from phonesync import config as configuration
from phonesync.agent import pushing
from phonesync.agent.checking import NotTried
from phonesync.agent.commands import poll_phones
from phonesync.agent.push_commands import Means, plan_contacts, push_contacts, show_contacts
from phonesync.errors import PlanRefused, SignInRefused, Unsupported
from phonesync.model import BookEntry, Contact, ContactNumber, Phonebook
from phonesync.phonebook.push_values import Action, PushState
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from tests.system import push_cuts
from tests.system.live import live, said
from tests.system.push_child import HastyClock

pytestmark = [pytest.mark.network, pytest.mark.anyio]

GMI, SERVLET, FORM, JSON = "gxv-gmi", "yealink-servlet", "gxp16-form", "yealink-json"


def entry(uid, name, *numbers) -> BookEntry:
    listed = tuple(ContactNumber(number=number) for number in numbers)
    return BookEntry(contact=f"staff/{uid}", name=name, numbers=listed)


BOOK = [entry(uid, f"Сотрудник {uid}", f"8495555{uid:04}") for uid in range(1, 8)]


class Bench:
    """One phone on a real socket, and what is wanted of it."""

    def __init__(self, farm, *, experimental=True) -> None:
        self.farm = farm
        *_, self.desk = farm.world.desks.values()
        self.wanted = list(BOOK)
        self.desk.memory.directory.type_in("Бабушка", [("home", "84957770001")])
        if experimental:
            text = farm.config.read_text(encoding="utf-8")
            farm.config.write_text(text + "experimental = true\n", encoding="utf-8")

    @property
    def emulator(self):
        return self.desk.wired.emulator

    @property
    def config(self):
        return configuration.load(self.farm.config)

    def means(self) -> Means:
        entries = tuple(self.wanted)
        return Means(
            wanted=lambda _store, _name, _limits: Phonebook(title="Contacts", entries=entries),
            clock=HastyClock(),
        )

    async def push(self, **more):
        return await push_contacts(self.config, self.desk.name, self.means(), **more)

    async def plan(self, **more):
        return (await plan_contacts(self.config, self.desk.name, self.means(), **more)).plan

    async def show(self):
        return await show_contacts(self.config, self.desk.name, self.means())

    def records(self):
        with self.farm.store() as store:
            return store.pushed(store.phone(self.desk.name).incarnation)

    def names(self):
        return [contact.name for contact in self.desk.memory.directory.own()]


@pytest.fixture
async def bench(request, tmp_path):
    kind, more = request.param if isinstance(request.param, tuple) else (request.param, {})
    more = dict(more)
    # Each further phone has another MAC, and so other habits.
    place = more.pop("place", 1)
    async with live(tmp_path, phones=place, kinds=(kind,), hours=0.1) as farm:
        yield Bench(farm, **more)


def on(*kinds):
    return pytest.mark.parametrize("bench", kinds, indirect=True, ids=str)


@on(GMI, SERVLET, FORM)
async def test_a_push_writes_what_is_wanted_once_and_touches_nothing_else(bench):
    plan = await bench.plan()
    assert len(plan.of(Action.ADD)) == 7
    assert bench.names() == ["Бабушка"]
    result = await bench.push()
    assert result.complete
    assert len(result.written) == 7
    assert bench.names() == ["Бабушка", *(one.name for one in BOOK)]
    assert {record.state for record in bench.records()} == {PushState.THERE}
    again = await bench.push()
    assert (again.complete, again.written) == (True, ())
    assert len(bench.emulator.written) == 7
    assert (bench.emulator.intrusions, bench.emulator.wrong_passwords) == ([], 0)
    assert bench.desk.memory.directory.typed_and_gone() == ()


@on(GMI, SERVLET)
async def test_show_tells_ours_from_what_people_typed(bench):
    bench.wanted = BOOK[:2]
    await bench.push()
    shown = await bench.show()
    assert len(shown.held) == 3
    assert shown.ours == {1: "staff/1", 2: "staff/2"}


@on(JSON)
async def test_a_phone_that_can_only_be_read_is_shown_and_never_signed_in_to_for_a_push(bench):
    shown = await bench.show()
    assert ([one.name for one in shown.held], shown.ours) == (["Бабушка"], {})
    signed_in = bench.emulator.sign_ins
    for use in (bench.push, bench.plan):
        with pytest.raises(Unsupported, match="offer them a phonebook to fetch"):
            await use()
    assert bench.emulator.sign_ins == signed_in


@on((FORM, {"experimental": False}))
async def test_an_experimental_way_is_not_taken_unless_it_was_allowed(bench):
    with pytest.raises(Unsupported, match="experimental = true"):
        await bench.push()
    assert bench.emulator.sign_ins == 0


@on(GMI)
async def test_an_empty_phonebook_is_refused_where_something_was_pushed(bench):
    await bench.push()
    bench.wanted = []
    with pytest.raises(PlanRefused, match="7 contacts were pushed"):
        await bench.push()
    assert len(bench.names()) == 8


@on(GMI)
async def test_what_nobody_wants_any_more_is_named_to_a_person(bench):
    await bench.push()
    bench.wanted = BOOK[1:]
    result = await bench.push()
    (step,) = result.planned.plan.of(Action.BY_HAND)
    assert (result.complete, result.written, step.name) == (True, (), "Сотрудник 1")
    assert len(bench.names()) == 8


@on(GMI)
async def test_a_contact_that_its_owner_edited_is_left_to_them(bench):
    await bench.push()
    directory = bench.desk.memory.directory
    ours = directory.own()[1]
    directory.write("Оля с хора", ours.numbers, contact_id=ours.id)
    result = await bench.push()
    assert (result.written, directory.own()[1].name) == ((), "Оля с хора")
    (left,) = result.planned.plan.of(Action.LEAVE)
    assert left.contact == "staff/1"


@on(*((GMI, {"place": place}) for place in (1, 2, 5, 7, 9)))
async def test_a_renamed_contact_is_changed_by_an_id_that_holds_good_or_left_to_a_person(bench):
    await bench.push()
    bench.wanted[2] = entry(3, "Мария Новая", *(number.number for number in BOOK[2].numbers))
    result = await bench.push()
    changed, by_hand = result.written, result.planned.plan.of(Action.BY_HAND)
    assert len(changed) + len(by_hand) == 1
    ways = bench.emulator.habits
    says_id = ways.pick("answer to setcontact", "id", "id", "1") == "id"
    shows_id = ways.pick("ids in the phonebook", "own", "own", "running", "none") != "none"
    assert bool(changed) == (says_id and shows_id)
    assert ("Мария Новая" in bench.names()) == bool(changed)
    assert ("Сотрудник 3" in bench.names()) == bool(by_hand)
    assert len(bench.names()) == 8
    assert bench.desk.memory.directory.typed_and_gone() == ()


@on(GMI, FORM)
async def test_a_phone_that_is_full_is_not_asked_for_ever(bench):
    bench.desk.memory.directory.most = 2
    bench.wanted = BOOK + [entry(uid, f"Ещё {uid}", f"8495555{uid:04}") for uid in range(20, 40)]
    result = await bench.push()
    assert not result.complete
    assert len(result.written) == 1
    assert len(result.refused) >= pushing.MOST_REFUSED
    assert "refused the contact" in result.refused[0].text
    assert [record.contact for record in bench.records()] == ["staff/1"]
    assert len(bench.emulator.written) <= 1 + 2 * pushing.MOST_REFUSED


@on(*((SERVLET, {"place": place}) for place in range(1, 5)))
async def test_what_a_phone_refuses_without_a_word_is_found_when_it_is_read_back(bench):
    bench.desk.memory.directory.most = 3
    result = await bench.push()
    assert [step.contact for step in result.written] == ["staff/1", "staff/2"]
    assert {refusal.step.contact for refusal in result.refused} >= {"staff/3", "staff/4"}
    assert len(bench.names()) == 3


@on(GMI)
async def test_a_long_push_goes_on_in_further_conversations(bench, monkeypatch):
    monkeypatch.setattr(pushing, "WRITING_S", 0.01)
    bench.wanted = [entry(uid, f"Сотрудник {uid}", f"8495555{uid:04}") for uid in range(1, 30)]
    result = await bench.push()
    assert result.complete
    assert len(result.written) == 29
    assert bench.emulator.sign_ins > 1


@on(FORM)
async def test_what_a_phone_without_a_list_never_answered_for_is_sent_again_only_when_told_so(bench):
    blade = push_cuts.Blade(cut=push_cuts.Cut.LOST, at=3, writes=True)
    bench.desk.wired.faults.decide = blade.decide
    cut = await bench.push()
    assert (len(cut.written), "Phone desk-101" in cut.error or "reset" in cut.error) == (2, True)
    bench.desk.wired.faults.decide = None
    result = await bench.push()
    assert len(result.written) == 4
    (doubtful,) = result.planned.plan.of(Action.LEAVE)
    assert (doubtful.contact, "not sent twice" in doubtful.reason) == ("staff/3", True)
    assert "Сотрудник 3" not in bench.names()
    again = await bench.push(again=True)
    assert [step.contact for step in again.written] == ["staff/3"]
    assert sorted(bench.names()) == sorted(["Бабушка", *(one.name for one in BOOK)])


@on(JSON)
async def test_another_phone_under_the_name_is_not_written_to(bench):
    (read,) = await poll_phones(bench.config, [bench.desk.name])
    assert read.ok
    bench.desk.memory.mac = "00:00:5E:00:53:FE"
    bench.desk.wired.emulator.expire()
    with pytest.raises(PlanRefused, match="Another phone answers"):
        await bench.show()


@on(GMI)
async def test_a_phone_that_refused_the_password_is_left_alone(bench):
    text = bench.farm.config.read_text(encoding="utf-8")
    bench.farm.config.write_text(text.replace(bench.desk.password, "wrong"), encoding="utf-8")
    with pytest.raises(SignInRefused):
        await bench.push()
    with pytest.raises(NotTried, match="refused"):
        await bench.push()
    assert bench.emulator.wrong_passwords == 1


@on(GMI)
async def test_beside_a_running_agent_the_phone_is_written_to_right_after_a_read_of_its_own(bench):
    agent = await bench.farm.program("run")
    try:
        await said(agent, "agent started")
        result = await bench.push()
        assert result.complete, result
        with bench.farm.store() as store:
            assert store.agent_is_running()
            assert store.open_requests() == []
            assert store.phone(bench.desk.name).last_read is not None
    finally:
        agent.send_signal(signal.SIGTERM)
        await agent.wait()
    assert len(bench.names()) == 8
    assert bench.emulator.wrong_passwords == 0


def kept(uid, name, number) -> KeptContact:
    contact = Contact(source="staff", uid=uid, name=name, numbers=(ContactNumber(number=number),))
    return KeptContact(contact=contact, canonicals=(number,), digest=uid, changed_at=datetime.now(UTC))


@on(GMI)
async def test_the_program_plans_and_pushes_what_sources_of_contacts_hold(bench):
    people = [kept("1", "Ольга Смирнова", "+74955550101"), kept("2", "Иван Петров", "+74955550102")]
    text = bench.farm.config.read_text(encoding="utf-8")
    source = '[[contacts]]\nname = "staff"\nkind = "csv"\npath = "staff.csv"\n'
    bench.farm.config.write_text(f"{text}\n{source}", encoding="utf-8")
    with bench.farm.store() as store:
        taken = ContactImport(
            source="staff",
            kind="csv",
            put=tuple(people),
            gone=(),
            before="",
            digest="1",
            at=datetime.now(UTC),
            bad_rows=0,
        )
        store.take_contacts(taken)
    for arguments, code, words in (
        (("plan",), 0, "2 to add, 1 typed by people stay."),
        (("push", "--yes"), 0, "2 written."),
        (("show",), 0, "Бабушка"),
    ):
        process = await bench.farm.program("phonebook", arguments[0], bench.desk.name, *arguments[1:])
        out, err = await process.communicate()
        assert (process.returncode, words in out.decode()) == (code, True), (arguments, out, err.decode())
    assert bench.names() == ["Бабушка", "Иван Петров", "Ольга Смирнова"]


async def test_pushes_cut_at_random_instants_are_finished_by_the_next(tmp_path):
    """`make verify` makes fifty cuts of each of its seeds."""
    tally = await push_cuts.run(tmp_path, cuts=5, seed=5, phones=4)
    assert tally.clean, "\n".join(tally.lines())
    assert tally.typed == 28
    assert tally.cuts.total() == 5
