"""Each fault alone on one phone of ten: the nine are read, the one is named, and no list is read as shorter."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault, FaultKind
from phonesync.store.records import PhoneStanding
from phonesync.transport import Bounds
from tests.system.fault_table import AT_LIST, EVERYWHERE, ROUNDS, WITH_SESSION
from tests.system.office import KINDS, Office, list_path, opened
from tests.thorough import daily

pytestmark = [pytest.mark.network, pytest.mark.anyio]

PATIENT = Bounds(connect_s=30.0, farewell_s=30.0)
"""Those of the product; the time they take passes by itself (:meth:`tests.system.office.Office.read`)."""


@pytest.fixture
async def office(tmp_path):
    """Ten phones that were all read once."""
    async with opened(tmp_path, bounds=PATIENT) as office:
        assert all(result.ok for result in (await office.read()).values())
        office.pass_time(minutes=30)
        yield office


def known(office: Office, desk: Desk):
    """What the store holds of a phone that no fault may touch."""
    return (office.entries(desk.name), office.spans(desk.name), office.state(desk.name).last_read)


async def recovered(office: Office, desk: Desk) -> None:
    """After the fault: the next good read completes the phone's record, and doubles nothing."""
    desk.wired.faults.clear()
    desk.wired.emulator.reboot()
    state = office.state(desk.name)
    again = replace(state, refused_credentials=None, certificate=None)  # what `phones retry` does
    office.store.save_state(again, before=state)
    office.pass_time(minutes=30)
    results = await office.read()
    assert {name: result.error for name, result in results.items() if not result.ok} == {}
    assert office.state(desk.name).last_error is None
    assert office.broken_spans(desk.name) == []
    card = office.card()
    assert card.clean, card.markdown()
    assert card.untidy.count == 0
    assert office.wrong_passwords == {}


@pytest.mark.parametrize(("name", "where", "kind"), ROUNDS, ids=["-".join(round_) for round_ in ROUNDS])
async def test_one_phone_at_fault_is_named_and_the_nine_are_read(office, name, where, kind):
    fault, says, _ = (AT_LIST if where == "at the list" else EVERYWHERE)[name]
    desk = office.desk(kind)
    before = known(office, desk)
    office.disturb(desk, fault, at_list=where == "at the list")
    results = await office.read()
    assert desk.wired.faults.shown[fault.kind], "the fault was never met"
    bad = results.pop(desk.name)
    assert {phone: result.error for phone, result in results.items() if not result.ok} == {}
    assert len(results) == 9
    assert not bad.ok
    state = office.state(desk.name)
    assert re.search(says, str(state.last_error)), state.last_error
    assert bad.error == state.last_error
    assert (state.standing is PhoneStanding.UP) is (name == "busy")
    assert known(office, desk) == before
    await recovered(office, desk)


async def test_the_nine_are_read_while_the_tenth_still_hangs(tmp_path):
    patient = Bounds(connect_s=600.0, read_s=600.0, request_s=600.0, total_s=1200.0)
    async with opened(tmp_path, bounds=patient) as office:
        await office.read()
        office.pass_time(minutes=30)
        desk = office.desk("yealink-servlet")
        before = known(office, desk)
        office.disturb(desk, Fault(kind=FaultKind.HANG), at_list=False)
        polls = {name: asyncio.create_task(office.agent.guarded(name)) for name in office.names}
        hanging = polls.pop(desk.name)
        nine = await asyncio.gather(*polls.values())
        assert all(polled.result.ok for polled in nine)
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert known(office, desk) == before


async def test_phones_that_hang_again_and_again_take_no_places_from_the_others(tmp_path):
    async with opened(tmp_path, kinds=("yealink-json", "yealink-servlet"), bounds=PATIENT) as office:
        await office.read()
        hanging = list(office.world.desks.values())[:5]
        for desk in hanging:
            office.disturb(desk, Fault(kind=FaultKind.HANG), at_list=False)
        for _ in range(2):
            office.pass_time(minutes=20)
            results = await office.read()
            assert sum(result.ok for result in results.values()) == 5
        slow = [office.state(desk.name).failures for desk in hanging]
        assert slow == [2] * 5


@pytest.mark.parametrize("kind", KINDS)
async def test_no_fault_of_any_list_is_read_as_a_shorter_one(tmp_path, kind):
    async with opened(tmp_path, phones=1, kinds=(kind,), bounds=PATIENT) as office:
        (desk,) = office.world.desks.values()
        await office.read()
        for name, (fault, says, kinds) in AT_LIST.items():
            if kind not in kinds:
                continue
            office.pass_time(minutes=30)
            assert (await office.read())[desk.name].ok, name
            before = known(office, desk)
            office.disturb(desk, fault, at_list=True)
            assert not (await office.read())[desk.name].ok, name
            assert re.search(says, str(office.state(desk.name).last_error)), name
            assert known(office, desk) == before, name
            desk.wired.faults.clear()
            desk.wired.emulator.reboot()
        await recovered(office, desk)


@pytest.mark.parametrize("kind", WITH_SESSION)
async def test_a_session_that_ends_once_is_renewed_and_nobody_notices(tmp_path, kind):
    async with opened(tmp_path, phones=1, kinds=(kind,), bounds=PATIENT) as office:
        (desk,) = office.world.desks.values()
        office.disturb(desk, Fault(kind=FaultKind.EXPIRED), at_list=True, times=1)
        assert (await office.read())[desk.name].ok
        assert desk.wired.faults.shown[FaultKind.EXPIRED] == 1


async def test_the_oldest_generation_shows_its_sign_in_page_only_where_a_password_is_refused(office):
    desk = office.desk("yealink-basic")
    before = known(office, desk)
    office.disturb(desk, Fault(kind=FaultKind.LOGIN_PAGE), at_list=True)
    results = await office.read()
    assert [name for name, result in results.items() if not result.ok] == [desk.name]
    state = office.state(desk.name)
    assert state.standing is PhoneStanding.REFUSED
    assert "refused user or password" in str(state.last_error)
    assert known(office, desk) == before
    await recovered(office, desk)


TAIL = len(";\r\n</script></head><body>\r\n</body></html>\r\n")
"""Where no length was declared, a cut behind the end of the lists themselves cannot be seen, and does no harm."""


def cuts(length: int, *, every: int) -> list[int]:
    """Places to cut at: the first and last bytes, and some between."""
    return sorted({*range(6), *range(0, length, every), *range(max(0, length - 6), length)})


async def size_of_list(office: Office, desk: Desk) -> tuple[int, int]:
    """Bytes of head and body of the answer with the lists, as it came over the wire."""
    sizes: list[tuple[int, int]] = []
    answer = desk.wired.emulator.answer

    def measured(request):
        response = answer(request)
        if list_path(desk) in request.target:
            head = 60 + sum(len(name) + len(value) + 4 for name, value in response.headers)
            sizes.append((head, len(response.content)))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.wired.emulator, "answer", measured)
        assert (await office.read())[desk.name].ok
    return sizes[-1]


async def cut_once(office: Office, desk: Desk, fault: Fault) -> bool:
    """Cuts the list once; tells whether the phone was read all the same. No row may go by that."""
    before = known(office, desk)
    shown = {row.id for row in office.entries() if row.on_phone}
    office.disturb(desk, fault, at_list=True)
    ok = (await office.read())[desk.name].ok
    desk.wired.faults.clear()
    desk.wired.emulator.reboot()
    if not ok:
        assert known(office, desk) == before, fault
        assert office.state(desk.name).last_error
    assert {row.id for row in office.entries() if row.on_phone} == shown, fault
    return ok


@pytest.mark.parametrize("with_length", [True, False], ids=["length declared", "no length"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_list_cut_anywhere_is_never_read_as_a_shorter_one(tmp_path, kind, with_length):
    async with opened(tmp_path, phones=1, kinds=(kind,), hours=3, bounds=PATIENT) as office:
        (desk,) = office.world.desks.values()
        head, body = await size_of_list(office, desk)
        assert len(office.entries()) > 3
        for at_byte in cuts(body, every=max(1, body // daily(8, thorough=25))):
            fault = Fault(kind=FaultKind.CUT, at_byte=at_byte, with_length=with_length)
            read = await cut_once(office, desk, fault)
            assert not read or (not with_length and body - at_byte <= TAIL), f"cut at {at_byte} of {body}"
        for at_byte in cuts(head, every=daily(47, thorough=11)):
            fault = Fault(kind=FaultKind.CUT, at_byte=at_byte, in_head=True, with_length=with_length)
            assert not await cut_once(office, desk, fault), f"cut at {at_byte} of the head"
        await recovered(office, desk)


async def test_a_small_list_cut_byte_by_byte_is_never_read_as_a_shorter_one(tmp_path):
    async with opened(
        tmp_path, phones=1, kinds=("yealink-basic",), hours=0.45, seed=3, bounds=PATIENT
    ) as office:
        (desk,) = office.world.desks.values()
        _, body = await size_of_list(office, desk)
        assert 1 < len(office.entries()) < 9
        for at_byte in cuts(body, every=daily(5, thorough=1)):
            read = await cut_once(office, desk, Fault(kind=FaultKind.CUT, at_byte=at_byte, with_length=False))
            assert not read or body - at_byte <= TAIL, f"cut at {at_byte} of {body}"
        assert office.broken_spans(desk.name) == []


async def test_every_answer_of_a_poll_may_be_cut_at_any_place(tmp_path):
    """Not only the list: form, keys, sign-in, token, sign-out."""
    async with opened(tmp_path, hours=3, bounds=PATIENT) as office:
        await office.read()
        before = {row.id for row in office.entries()}
        for at_byte in (0, 1, 17, 120, 333, 900):
            office.pass_time(minutes=6)
            for desk in office.world.desks.values():
                fault = Fault(kind=FaultKind.CUT, at_byte=at_byte, with_length=at_byte % 2 == 0)
                office.disturb(desk, fault, at_list=False)
            await office.read()
            assert before <= {row.id for row in office.entries() if row.on_phone}
            for desk in office.world.desks.values():
                assert office.broken_spans(desk.name) == []
                desk.wired.faults.clear()
                desk.wired.emulator.reboot()
        office.pass_time(minutes=30)
        assert all(result.ok for result in (await office.read()).values())
        assert office.card().clean
