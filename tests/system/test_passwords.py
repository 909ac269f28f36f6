"""No phone sees a second wrong password, whatever becomes of the answers, and however often is tried."""

from __future__ import annotations

import pytest

from phonesync import config as configuration
from phonesync.cli import phone_orders
from phonesync.driver.emulation import EmulatedRequest
from phonesync.driver.session import Credentials
from phonesync.farm.faults import Disturbable, Fault, FaultKind
from phonesync.store.records import PhoneStanding
from tests.system.office import Office, opened

pytestmark = [pytest.mark.network, pytest.mark.anyio]

WRONG = "not the one it is"


def is_sign_in(request: EmulatedRequest) -> bool:
    """Whether a request carries user and password."""
    if request.header("Authorization"):
        return True
    return request.method == "POST" and "login" in request.target and "/api/common/" not in request.target


LOST = {
    "hang": Fault(kind=FaultKind.HANG, acted=True),
    "reset": Fault(kind=FaultKind.RESET, acted=True),
    "cut": Fault(kind=FaultKind.CUT, at_byte=0),
    "cut in the head": Fault(kind=FaultKind.CUT, at_byte=9, in_head=True),
}
"""Ways to lose the answer to a sign-in that the phone has counted."""


async def try_everything(office: Office) -> None:
    """What an agent does in a day, and impatient people with it."""
    for _ in range(3):
        await office.restart()
        await office.run(hours=7)
        await office.read()
        await office.check()
        await office.read()


def standings(office: Office) -> set[PhoneStanding]:
    return {office.state(name).standing for name in office.names}


@pytest.fixture
async def office(tmp_path):
    """One phone of each kind, never read so far."""
    async with opened(tmp_path, phones=5) as office:
        yield office


async def test_a_wrong_password_is_offered_once(office):
    office.set_password(WRONG)
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    assert standings(office) == {PhoneStanding.REFUSED}
    for name in office.names:
        assert f"phonesync phones retry {name}" in str(office.state(name).last_error)


async def test_a_wrong_password_met_by_check_is_not_offered_by_the_agent_again(office):
    office.set_password(WRONG)
    await office.check()
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)


async def test_a_wrong_password_is_offered_once_to_a_locked_phone(office):
    office.set_password(WRONG)
    for desk in office.world.desks.values():
        assert isinstance(desk.wired.emulator, Disturbable)
        desk.wired.emulator.lock_out()
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    assert standings(office) == {PhoneStanding.REFUSED}


@pytest.mark.parametrize("how", LOST)
async def test_a_wrong_password_whose_verdict_is_lost_is_offered_once(office, how):
    office.set_password(WRONG)
    for desk in office.world.desks.values():
        desk.wired.faults.set(LOST[how], when=is_sign_in)
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    for desk in office.world.desks.values():
        desk.wired.faults.clear()
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    for name in office.names:
        state = office.state(name)
        assert state.standing is PhoneStanding.REFUSED
        assert "without a verdict" in str(state.last_error)
        assert f"phonesync phones retry {name}" in str(state.last_error)


async def test_the_right_password_whose_first_verdict_was_lost_is_offered_again_when_a_person_says_so(office):
    for desk in office.world.desks.values():
        desk.wired.faults.set(LOST["reset"], when=is_sign_in, times=1)
    assert not any(result.ok for result in (await office.read()).values())
    office.pass_time(hours=1)
    assert not any(result.ok for result in (await office.read()).values())
    for name in office.names:
        phone_orders.retry(office.config, office.store, name, swap=False)
    assert {result.error for result in (await office.read()).values()} == {None}


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.SERVER_ERROR])
async def test_a_first_read_that_fails_behind_the_sign_in_leaves_no_doubt_about_the_password(office, kind):
    for desk in office.world.desks.values():
        office.disturb(desk, Fault(kind=kind), at_list=True)
    assert not any(result.ok for result in (await office.read()).values())
    assert standings(office) == {PhoneStanding.DOWN}
    for desk in office.world.desks.values():
        desk.wired.faults.clear()
        desk.wired.emulator.reboot()
    office.pass_time(minutes=6)
    await office.restart()
    assert {result.error for result in (await office.read()).values()} == {None}


async def test_a_password_that_has_worked_outlives_a_lost_verdict_but_is_not_offered_at_once(office):
    assert all(result.ok for result in (await office.read()).values())
    for desk in office.world.desks.values():
        desk.wired.faults.set(LOST["hang"], when=is_sign_in)
        desk.wired.emulator.reboot()  # no session is left
    offered = let_in(office)
    for _ in range(10):
        office.pass_time(seconds=29)
        assert not any(result.ok for result in (await office.read()).values())
    assert {let_in(office)[name] - offered[name] for name in office.names} == {1}
    for desk in office.world.desks.values():
        desk.wired.faults.clear()
        desk.wired.emulator.reboot()
    office.pass_time(minutes=1)
    assert {result.error for result in (await office.read()).values()} == {None}


def let_in(office: Office) -> dict[str, int]:
    """How often each phone let somebody in, by its own count."""
    return {name: vars(desk.wired.emulator)["sign_ins"] for name, desk in office.world.desks.items()}


async def test_a_password_changed_on_the_phone_is_offered_once_more(office):
    await office.read()
    for desk in office.world.desks.values():
        memory = desk.memory
        memory.credentials = Credentials(username=memory.credentials.username, password="changed by hand")
        desk.wired.emulator.reboot()
    await try_everything(office)
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)
    assert standings(office) == {PhoneStanding.REFUSED}
    office.set_password("changed by hand")
    await office.restart()
    assert {result.error for result in (await office.read()).values()} == {None}
    assert office.wrong_passwords == dict.fromkeys(office.names, 1)


async def test_a_swapped_phone_of_the_same_password_is_signed_in_to_and_stays_proven(office):
    await office.read()
    for number, desk in enumerate(office.world.desks.values()):
        desk.memory.swap(f"00005e0053{0xE0 + number:02x}", (), at=office.clock.now())
        desk.wired.emulator.reboot()
    office.pass_time(hours=1)
    assert {result.error for result in (await office.read()).values()} == {None}
    for name in office.names:
        assert office.state(name).proven_credentials is not None
        assert office.state(name).offered_credentials is None


async def test_a_stopped_phone_keeps_no_other_from_being_read(office):
    name = office.names[0]
    text = office.config.path.read_text(encoding="utf-8")
    office.config.path.write_text(text.replace(office.world.desks[name].password, WRONG, 1), encoding="utf-8")
    office.config = configuration.load(office.config.path)
    await office.restart()
    results = await office.run(hours=2)
    assert {result.name for result in results if not result.ok} == {name}
    assert {result.name for result in results if result.ok} == set(office.names) - {name}
    assert office.wrong_passwords == {name: 1}
