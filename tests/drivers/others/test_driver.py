from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from phonesync.driver.action_urls import parse
from phonesync.driver.contract import Driver, PhoneContext, implied_variant
from phonesync.driver.events import EventSource, SettingsWriter, WantedSettings
from phonesync.driver.phonebooks import PhonebookFormat
from phonesync.driver.session import Credentials
from phonesync.errors import DriverError, Unsupported
from phonesync.model import EventKind, PhoneIdentity
from phonesync.registry import drivers
from tests.drivers.others.test_books import DRIVERS

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
WANTED = WantedSettings(
    book_url=f"http://192.0.2.1:8080/b/{TOKEN}",
    event_url=f"http://192.0.2.1:8080/e/{TOKEN}",
    username="book",
    password="a&b",
    book_title="Company & Co",
)
EACH = pytest.mark.parametrize("name", DRIVERS)
REPORTING = ("snom", "mitel", "htek", "flyingvoice")


def context(name):
    variant = implied_variant(DRIVERS[name])
    return PhoneContext(identity=PhoneIdentity(vendor=name, variant=variant.name), variant=variant)


def printed(name, wanted=WANTED):
    return DRIVERS[name].settings(wanted, phone=context(name))


@EACH
def test_each_is_registered_and_has_every_optional_half(name):
    driver = drivers()[name]
    assert driver is DRIVERS[name]
    for contract in (Driver, EventSource, PhonebookFormat, SettingsWriter):
        assert isinstance(driver, contract)


@EACH
@pytest.mark.anyio
async def test_nothing_is_ever_asked_and_the_refusal_is_honest(name):
    driver, phone = DRIVERS[name], context(name)
    assert await driver.identify(None) is None
    with pytest.raises(Unsupported, match="Events only" if name in REPORTING else "Phonebook only"):
        await driver.read_call_log(None, phone=phone)
    flow = driver.login_flow(phone=phone)
    with pytest.raises(Unsupported):
        flow.sign_in(Credentials(username="admin", password="x"), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert (await driver.read_status(None, phone=phone)).mac is None
    assert (driver.action_urls(variant=None) is not None) is (name in REPORTING)


@EACH
def test_unknown_variants_and_quirks_are_one_sentence(name):
    driver = DRIVERS[name]
    with pytest.raises(DriverError, match="has no variant v99"):
        driver.capabilities(PhoneIdentity(vendor=name, variant="v99"))
    with pytest.raises(DriverError, match="has no quirk pool"):
        driver.capabilities(context(name).identity, quirks={"pool": "own"})


def test_a_snom_is_told_in_a_settings_file():
    root = etree.fromstring(printed("snom").text.encode())
    settings = {one.tag: (one.text, one.get("perm")) for one in root.find("phone-settings")}
    assert settings["action_incoming_url"] == (
        f"http://192.0.2.1:8080/e/{TOKEN}/in?c=$call-id&a=$active_user&l=$local&r=$remote&n=$display_remote",
        "RW",
    )
    assert set(settings) == {
        f"action_{word}_url" for word in ("incoming", "outgoing", "connected", "disconnected", "missed")
    }
    assert f"{WANTED.book_url}/tbook.xml" in printed("snom").notes[0]


def test_a_mitel_is_told_in_no_more_than_128_characters():
    lines = dict(line.split(": ", 1) for line in printed("mitel").text.splitlines())
    assert all(len(address) <= 128 for key, address in lines.items() if key.startswith("action uri"))
    assert lines["action uri disconnected"].endswith("/end?a=$$SIPUSERNAME$$&r=$$REMOTENUMBER$$")
    assert lines["action uri poll interval"] == "600"
    assert "action uri onhook" not in lines
    assert lines["directory script"] == f"{WANTED.book_url}/directory.xml"


def test_a_long_public_address_leaves_a_mitel_its_remote_number():
    wanted = WantedSettings(book_url=None, event_url=f"https://{'p' * 40}.example/e/{TOKEN}")
    lines = dict(line.split(": ", 1) for line in printed("mitel", wanted).text.splitlines())
    assert all(len(address) <= 128 for address in lines.values())
    assert "$$REMOTENUMBER$$" in lines["action uri incoming"]


def test_a_htek_has_numbers_and_a_flyingvoice_yealinks_keys():
    assert "P3707 = http://192.0.2.1:8080/e/" in printed("htek").text
    assert f"P4401 = {WANTED.book_url}/phonebook.xml" in printed("htek").text
    assert "action_url.missed_call = " in printed("flyingvoice").text


def test_phones_that_report_nothing_are_told_where_the_book_is():
    profile = etree.fromstring(printed("cisco").text.encode())
    assert profile.findtext("XML_Directory_Service_URL") == f"{WANTED.book_url}/directory.xml"
    contact = etree.fromstring(printed("fanvil").text)
    assert (contact.findtext("Addr"), contact.findtext("PassWd")) == (
        f"{WANTED.book_url}/phonebook.xml",
        "a&b",
    )
    assert f"XMLDir.1.ServerURL = {WANTED.book_url}/list.xml" in printed("gigaset").text


@EACH
def test_what_cannot_be_told_is_unsupported(name):
    events = WantedSettings(book_url=None, event_url=WANTED.event_url)
    if name in REPORTING:
        assert "/b/" not in printed(name, events).text
    else:
        with pytest.raises(Unsupported, match=f"No setting of {name} phones"):
            printed(name, events)


@EACH
def test_a_password_that_no_setting_is_known_for_is_told(name):
    asked = any("asks for user and password" in note for note in printed(name).notes)
    assert asked is (name != "fanvil")
    open_book = WantedSettings(book_url=WANTED.book_url, event_url=None)
    assert not any("asks for user and password" in note for note in printed(name, open_book).notes)


@pytest.mark.parametrize("name", ["snom", "flyingvoice"])
def test_where_no_setting_of_a_book_is_known_its_address_is_told(name):
    settings = printed(name, WantedSettings(book_url=WANTED.book_url, event_url=None))
    assert settings.text == ""
    assert WANTED.book_url in settings.notes[0]


@pytest.mark.parametrize("name", ["snom", "htek"])
def test_the_account_of_a_phone_is_believed_where_papers_do_not_agree_or_do_not_say(name):
    urls = DRIVERS[name].action_urls(variant=None)
    event = parse("in", b"c=1&a=201&l=sip:204@pbx&r=sip:201@pbx&n=Reception", urls, accounts=("201",))
    assert (event.account, event.remote_number, event.remote_name) == ("201", "204", None)


def test_a_mitel_has_no_call_id_and_says_periodically_that_it_is_alive():
    urls = DRIVERS["mitel"].action_urls(variant="mitel-events")
    event = parse("end", b"a=201&r=204", urls, accounts=())
    assert (event.kind, event.account, event.remote_number, event.call_id) == (
        EventKind.TERMINATED,
        "201",
        "204",
        None,
    )
    assert parse("poll", b"", urls, accounts=()).kind is EventKind.ALIVE
    assert (
        parse("in", b"a=201&r=$$REMOTENUMBER$$&n=$$INCOMINGNAME$$", urls, accounts=()).remote_number is None
    )


def test_no_fixture_is_needed_where_nothing_is_asked():
    assert not (Path(__file__).parent / "fixtures").exists()
