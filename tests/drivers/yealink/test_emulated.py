"""The driver against every habit of every emulated kind: written apart, from the same sheet."""

import pytest

from drivers.yealink import DRIVER
from drivers.yealink.emulator import EMULATORS
from phonesync.driver.contract import PhoneContext
from phonesync.driver.session import Credentials
from phonesync.errors import LockedOut, PhoneBusy, SignInRefused
from phonesync.model import CallLog
from tests.drivers.yealink import emulated as sheet
from tests.drivers.yealink.talks import EmulatedSession

READABLE = [name for name, kind in EMULATORS.items() if kind.readable]
HABITS = range(48)


async def context_of(emulator, memory) -> PhoneContext:
    identity = await DRIVER.identify(EmulatedSession(emulator, now=memory.now))
    assert identity is not None
    return PhoneContext(identity=identity, variant=DRIVER.capabilities(identity), origin="http://192.0.2.11")


async def session_of(emulator, memory, *, credentials: Credentials | None = None) -> EmulatedSession:
    phone = await context_of(emulator, memory)
    flow = DRIVER.login_flow(phone=phone)
    return EmulatedSession(emulator, flow=flow, credentials=credentials or memory.credentials, now=memory.now)


def read(log: CallLog, phone: PhoneContext, kind: str) -> list[sheet.Shown]:
    """The rows in the form of the sheet's own clients."""
    short = phone.variant.resolution_s == 60
    found = [
        (
            phone.variant.lists[snapshot.list_code],
            row.remote_number or "",
            row.shown_at[-5:] if short else row.shown_at,
            None if short else row.duration_s or 0,  # some habits show no talk as no text
        )
        for snapshot in log.snapshots
        for row in snapshot.entries
    ]
    return sheet.by_list(found)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", EMULATORS)
async def test_every_habit_is_identified_without_an_attempt(kind):
    for number in HABITS:
        emulator, memory = sheet.emulated(kind, number)
        phone = await context_of(emulator, memory)
        assert phone.variant.name == EMULATORS[kind].variant
        assert (emulator.sign_ins, emulator.wrong_passwords, emulator.intrusions) == (0, 0, [])
        if phone.identity.firmware is not None:
            assert phone.identity.firmware == memory.firmware


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_every_habit_is_read_row_by_row_in_order(kind):
    for number in HABITS:
        emulator, memory = sheet.emulated(kind, number)
        phone = await context_of(emulator, memory)
        session = await session_of(emulator, memory)
        log = await DRIVER.read_call_log(session, phone=phone)
        assert read(log, phone, kind) == sheet.told(memory, kind)
        assert [snapshot.list_code for snapshot in log.snapshots] == list(phone.variant.lists)
        assert (emulator.wrong_passwords, emulator.intrusions) == (0, [])
        if log.clock is not None:
            assert log.clock.wall.minute == memory.wall_now().minute
        if EMULATORS[kind].shows_mac and log.mac is not None:
            assert log.mac == memory.mac.replace(":", "").lower()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_empty_lists_are_read_as_empty_lists(kind):
    for number in HABITS:
        emulator, memory = sheet.emulated(kind, number, kept=())
        phone = await context_of(emulator, memory)
        log = await DRIVER.read_call_log(await session_of(emulator, memory), phone=phone)
        assert [(s.list_code, s.entries) for s in log.snapshots] == [(c, ()) for c in phone.variant.lists]


@pytest.mark.anyio
@pytest.mark.parametrize("kind", EMULATORS)
async def test_a_wrong_password_is_one_refusal_and_a_lock_is_told_with_its_end(kind):
    emulator, memory = sheet.emulated(kind)
    wrong = Credentials(username=sheet.USER, password="wrong")
    for attempt in range(1, 6):
        session = await session_of(emulator, memory, credentials=wrong)
        with pytest.raises(SignInRefused):
            session.sign_in()
        assert emulator.wrong_passwords == attempt
    session = await session_of(emulator, memory)
    with pytest.raises(LockedOut) as caught:
        session.sign_in()
    assert (caught.value.until - memory.now()).total_seconds() == 180


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [name for name in READABLE if name != "yealink-basic"])
async def test_an_expired_session_is_recognised_and_renewed(kind):
    for number in HABITS:
        emulator, memory = sheet.emulated(kind, number)
        phone = await context_of(emulator, memory)
        session = await session_of(emulator, memory)
        await DRIVER.read_call_log(session, phone=phone)
        before = emulator.sign_ins
        emulator.expire()
        log = await DRIVER.read_call_log(session, phone=phone)
        assert read(log, phone, kind) == sheet.told(memory, kind)
        assert emulator.sign_ins == before + 1


@pytest.mark.anyio
async def test_somebody_at_the_web_page_means_later_and_is_named():
    emulator, memory = sheet.emulated("yealink-json")
    session = await session_of(emulator, memory)
    emulator.occupy("192.0.2.77")
    with pytest.raises(PhoneBusy, match=r"192\.0\.2\.77"):
        session.sign_in()


@pytest.mark.anyio
async def test_the_one_session_is_ended_by_the_sign_out():
    emulator, memory = sheet.emulated("yealink-json")
    phone = await context_of(emulator, memory)
    session = await session_of(emulator, memory)
    await DRIVER.read_call_log(session, phone=phone)
    assert emulator.live_sessions()
    session.sign_out()
    assert not emulator.live_sessions()


@pytest.mark.anyio
async def test_the_status_of_a_json_phone_tells_its_settings():
    emulator, memory = sheet.emulated("yealink-json", history_enabled=False, merging_enabled=True)
    phone = await context_of(emulator, memory)
    status = await DRIVER.read_status(await session_of(emulator, memory), phone=phone)
    assert (status.history_enabled, status.merging_enabled, status.zone) == (False, True, "+3")
    assert (status.model, status.firmware) == (memory.model, memory.firmware)
    assert status.clock is not None


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_no_password_stands_in_what_is_asked_in_the_clear(kind):
    emulator, memory = sheet.emulated(kind)
    phone = await context_of(emulator, memory)
    session = await session_of(emulator, memory)
    await DRIVER.read_call_log(session, phone=phone)
    for request in session.asked:
        assert sheet.PASSWORD not in request.path
        assert sheet.PASSWORD not in repr(request)
        if kind != "yealink-form":
            assert sheet.PASSWORD.encode() not in request.content
