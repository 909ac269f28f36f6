"""Click to call: who may let which phone dial which number, and what is answered."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from phonesync.agent.checking import NotTried
from phonesync.agent.dialling import Dialled
from phonesync.driver.dialling import DialRefused, WhyNot
from phonesync.errors import (
    ConfigError,
    LockedOut,
    PhoneBusy,
    PhoneTimeout,
    SignInRefused,
    UnexpectedResponse,
    Unsupported,
)
from phonesync.web import running
from tests.web.people import OUTSIDERS

pytestmark = pytest.mark.anyio

OWN, ANSWERED, NOT_REACHED = (f"+7{OUTSIDERS[name][1:]}" for name in ("of 101", "answered", "missed"))
ON = "[dial]\nenabled = true\n"


@pytest.fixture
def orders(site):
    """What phones were told to dial; an error in ``says`` is raised in their place."""
    site.configure(ON)

    class Orders(list):
        says = True

    made = Orders()

    def dial(name, number):
        made.append((name, number))
        if isinstance(made.says, Exception):
            raise made.says
        return Dialled(phone=name, confirmed=made.says)

    site.app.state.ground = replace(site.app.state.ground, dial=dial)
    return made


def came(site):
    return [
        json.loads(row.detail)["came"]
        for row in site.store.audit_page(limit=100)
        if row.action == "call.dial"
    ][::-1]


async def test_the_own_phone_dials_a_number_as_people_at_the_site_dial_it(site, orders):
    async with site.client("employee") as client:
        answer = await client.post("/api/v1/dial", json={"number": OWN})
    assert answer.status_code == 200
    assert answer.json() == {
        "phone": "desk-101",
        "number": "+7 495 555-00-04",
        "confirmed": True,
        "text": "Desk phone 101 is calling +7 495 555-00-04.",
    }
    assert orders == [("desk-101", OUTSIDERS["of 101"])]
    assert [act for act in site.acts() if act[1] == "call.dial"] == [
        ("employee", "call.dial", "desk-101")
    ] * 2
    assert came(site) == ["asked", "dialled"]


async def test_any_spelling_a_prefix_and_a_colleague(site, orders):
    site.configure(f'{ON}prefix = "9"\n')
    async with site.client("employee") as client:
        for number in ("8 (495) 555-00-04", "ext:103", "103"):
            assert (await client.post("/api/v1/dial", json={"number": number})).status_code == 200
    assert [keys for _, keys in orders] == ["984955550004", "103", "103"]


async def test_a_page_answers_in_a_sentence_with_and_without_a_script(site, orders):
    orders.says = False
    async with site.client("employee") as client:
        part = await client.post("/dial", data={"number": OWN}, headers={"HX-Request": "true"})
        whole = await client.post("/dial", data={"number": ANSWERED}, headers={"Accept-Language": "ru"})
    assert "was told to call +7 495 555-00-04" in part.text
    assert "<html" not in part.text
    assert "Телефону 101 велено позвонить" in whole.text


@pytest.mark.parametrize(
    ("error", "words", "noted"),
    [
        (DialRefused("no", why=WhyNot.NOT_ALLOWED), "does not take orders from this server", "not allowed"),
        (DialRefused("no", why=WhyNot.IN_CALL), "has a call already", "in a call"),
        (DialRefused("no", why=WhyNot.OTHER_LINE), "by your line", "other line"),
        (DialRefused("no", why=WhyNot.SAID_NO), "does not dial: try again", "said no"),
        (SignInRefused("no"), "refused the order", "SignInRefused"),
        (LockedOut("no"), "has locked sign-in", "LockedOut"),
        (PhoneBusy("no"), "busy with something else", "PhoneBusy"),
        (NotTried("no"), "must not be asked now", "NotTried"),
        (Unsupported("no"), "cannot be told to dial", "Unsupported"),
        (ConfigError("no"), "cannot be told to dial", "ConfigError"),
        (PhoneTimeout("no"), "Nobody knows whether desk phone 101 is calling", "PhoneTimeout"),
        (UnexpectedResponse("no"), "Nobody knows whether", "UnexpectedResponse"),
    ],
)
async def test_what_is_wrong_is_one_sentence_and_is_noted(site, orders, error, words, noted):
    orders.says = error
    async with site.client("employee") as client:
        told = await client.post("/api/v1/dial", json={"number": OWN})
        part = await client.post("/dial", data={"number": OWN}, headers={"HX-Request": "true"})
        whole = await client.post("/dial", data={"number": OWN})
    assert (told.status_code, part.status_code, whole.status_code) == (409, 200, 409)
    assert words in told.json()["detail"]
    assert words in part.text
    assert came(site)[:2] == ["asked", noted]
    assert OWN[2:] not in str([row.detail for row in site.store.audit_page(limit=100)])


async def test_an_administrator_sees_what_the_phone_said(site, orders):
    user = site.store.user("administrator")
    site.store.change_user(user.id, owner="Owner 103")
    orders.says = DialRefused("Its very words.", why=WhyNot.IN_CALL)
    async with site.client("administrator") as client:
        part = await client.post("/dial", data={"number": NOT_REACHED}, headers={"HX-Request": "true"})
    assert "Its very words." in part.text
    assert orders == [("desk-103", OUTSIDERS["missed"])]


async def test_nobody_lets_a_phone_dial_that_is_not_his(site, orders):
    async with site.client("employee") as client:
        answer = await client.post("/api/v1/dial", json={"number": OWN, "phone": "desk-102"})
        assert (answer.status_code, answer.json()["detail"][:26]) == (404, "That phone is not yours: o")
    async with site.client("administrator") as client:
        assert (await client.post("/api/v1/dial", json={"number": OWN})).status_code == 409
    for role in ("analyst", "auditor"):
        async with site.client(role) as client:
            assert (await client.post("/api/v1/dial", json={"number": OWN})).status_code == 403
            assert (await client.post("/dial", data={"number": OWN})).status_code == 403
    assert orders == []


async def test_a_number_that_is_not_seen_or_has_no_keys_is_not_dialled(site, orders):
    async with site.client("employee") as client:
        for number, status in ((NOT_REACHED, 404), ("raw:*21#", 404), ("+7", 404), ("Anna", 404), ("", 404)):
            assert (await client.post("/api/v1/dial", json={"number": number})).status_code == status
        wrong = {"number": NOT_REACHED, "callback": "x"}
        assert (await client.post("/api/v1/dial", json=wrong)).status_code == 404
    assert orders == []


async def test_a_role_without_numbers_dials_nothing_and_sees_no_button(site, orders):
    site.configure(f'{ON}[[role]]\nname = "blind"\npermissions = ["calls.own", "dial"]\n')
    site.store.add_user("blind", role="blind", shown_name="Blind", owner="Owner 101")
    async with site.client("blind") as client:
        assert (await client.post("/api/v1/dial", json={"number": OWN})).status_code == 404
        assert (await client.post("/api/v1/dial", json={"number": "ext:103"})).status_code == 404
    assert orders == []


async def test_too_many_orders_in_a_minute_wait(site, orders):
    site.configure(f"{ON}per_minute = 2\n")
    async with site.client("employee") as client:
        for _ in range(2):
            assert (await client.post("/api/v1/dial", json={"number": OWN})).status_code == 200
        many = await client.post("/api/v1/dial", json={"number": OWN})
        page = await client.post("/dial", data={"number": OWN})
    assert (many.status_code, many.headers["retry-after"]) == (429, "30")
    assert (page.status_code, page.headers["retry-after"]) == (429, "30")
    assert len(orders) == 2


async def test_a_foreign_page_dials_nothing(site, orders):
    async with site.client("employee", headers={"Origin": "http://elsewhere.test"}) as client:
        assert (await client.post("/dial", data={"number": OWN})).status_code == 403
    assert orders == []


async def test_buttons_stand_where_the_reader_has_a_phone_and_links_elsewhere(site, orders):
    call = next(call.id for call in site.store.calls() if call.outside == OWN)
    addresses = (f"/calls/{call}/details", f"/calls/{call}", f"/numbers/{OWN}")
    async with site.client("employee") as client:
        for address in addresses:
            text = (await client.get(address)).text
            assert 'action="/dial"' in text, address
            assert "tel:" not in text, address
        site.configure("")
        for address in addresses:
            text = (await client.get(address)).text
            assert 'action="/dial"' not in text, address
            assert f'href="tel:{OWN}"' in text, address
        off = await client.post("/api/v1/dial", json={"number": OWN})
    assert (off.status_code, off.json()["detail"]) == (404, "Click to call is switched off here.")
    site.configure(ON)
    async with site.client("administrator") as client:
        text = (await client.get(addresses[0])).text
        assert 'action="/dial"' not in text
        assert "tel:" in text


async def test_pages_order_from_their_threads_and_the_agents_loop_dials(monkeypatch):
    loop = asyncio.get_running_loop()

    class Dialler:
        def __init__(self, config, poller, writer, clock) -> None:
            self.parts = (config(), poller, writer)

        async def dial(self, name, number):
            assert asyncio.get_running_loop() is loop
            assert self.parts == ("config", "poller", "writer")
            if number == "0":
                raise PhoneBusy("It is being read.")
            return Dialled(phone=name, confirmed=True)

    monkeypatch.setattr(running, "Dialler", Dialler)
    dial = running.dialling(SimpleNamespace(config="config", poller="poller", writer="writer"))
    assert (await asyncio.to_thread(dial, "desk-101", "1")).phone == "desk-101"
    with pytest.raises(PhoneBusy):
        await asyncio.to_thread(dial, "desk-101", "0")
