"""The emulated Grandstream's own doings, against the sheet and not against our writers."""

import pytest

from phonesync.model import EventKind
from tests.drivers.sides import happening, side_of

BOOK = """\
<?xml version="1.0" encoding="UTF-8"?>
<AddressBook>
  <version>1</version>
  <pbgroup><id>1</id><name>Clients</name></pbgroup>
  <Contact>
    <id>17</id><FirstName>Olga</FirstName><LastName>Smirnova</LastName><Frequent>0</Frequent>
    <Phone type="Work"><phonenumber>84955550123</phonenumber><accountindex>0</accountindex></Phone>
    <Group>1</Group>
  </Contact>
</AddressBook>
"""
DOWNLOAD = "P330 = 1\nP331 = 192.0.2.1/book\nP332 = 120\n"
INCOMING = "http://192.0.2.1/e/i?c=$call-id&l=$local&r=$remote&n=$display_remote&q=$language"


def told(text, kind="gxp16-form", model=None, firmware=None, **more):
    side, memory = side_of(kind, model, firmware, **more)
    side.take_settings(text)
    return side, memory


def fetched(side, content, status=200):
    (fetch,) = side.fetches()
    side.fetched(fetch, status=status, content=content.encode())


def test_a_good_book_is_taken_and_what_was_typed_goes_by_default():
    side, memory = told(DOWNLOAD)
    memory.directory.type_in("Aunt Vera", [("work", "777")])
    fetched(side, BOOK)
    assert memory.directory.name_of("84955550123") == "Olga Smirnova"
    assert memory.directory.name_of("777") is None


def test_what_was_typed_stays_where_that_is_set():
    side, memory = told(DOWNLOAD + "P333 = 0\n")
    memory.directory.type_in("Aunt Vera", [("work", "777")])
    fetched(side, BOOK)
    assert memory.directory.name_of("777") == "Aunt Vera"


@pytest.mark.parametrize(
    "broken",
    [
        BOOK.replace("AddressBook", "AdressBook"),
        BOOK.replace("Olga", ""),
        BOOK.replace("<FirstName>Olga</FirstName>", ""),
        BOOK.replace("84955550123", ""),
        BOOK.replace(' type="Work"', ""),
        BOOK.replace("Smirnova", "S & S"),
        BOOK[:-10],
        "",
    ],
)
def test_one_bad_record_kills_the_whole_file(broken):
    side, memory = told(DOWNLOAD)
    memory.directory.type_in("Aunt Vera", [("work", "777")])
    fetched(side, broken)
    assert memory.directory.name_of("84955550123") is None
    assert memory.directory.name_of("777") == "Aunt Vera"


def test_more_than_a_thousand_contacts_are_not_taken():
    contact = BOOK[BOOK.index("  <Contact>") : BOOK.index("</AddressBook>")]
    side, memory = told(DOWNLOAD)
    fetched(side, BOOK.replace("</AddressBook>", contact * 1000 + "</AddressBook>"))
    assert memory.directory.name_of("84955550123") is None


def test_an_older_phone_wants_a_last_name_and_no_type():
    old = "<AddressBook><Contact><LastName>Smirnova</LastName><Phone><phonenumber>204</phonenumber><accountindex>0</accountindex></Phone></Contact></AddressBook>"
    side, memory = told(DOWNLOAD, kind="gxp-html")
    fetched(side, old)
    assert memory.directory.name_of("204") == "Smirnova"
    fetched(
        side,
        old.replace("<LastName>Smirnova</LastName>", "<FirstName>Olga</FirstName>").replace("204", "205"),
    )
    assert memory.directory.name_of("205") is None


@pytest.mark.parametrize(
    ("kind", "model", "firmware", "mode", "url"),
    [
        ("gxp16-form", "GXP1625", "1.0.4.33", "1", "http://192.0.2.1/book/phonebook.xml"),
        ("gxp16-form", "GXP1625", "1.0.4.33", "3", "https://192.0.2.1/book/phonebook.xml"),
        ("gxp16-form", "GXP1625", "1.0.4.33", "2", None),
        ("gxp16-form", "GXP1625", "1.0.4.33", "0", None),
        ("gxp16-form", "GXP1625", "1.0.4.33", "EnabledUseHTTP", None),
        ("gxv-gmi", "GXV3240", "1.0.3.144", "2", "http://192.0.2.1/book/phonebook.xml"),
        ("gxv-gmi", "GXV3240", "1.0.3.144", "1", None),
        ("gxp-html", "GXP280", "1.2.5.3", "1", "http://192.0.2.1/book/gs_phonebook.xml"),
    ],
)
def test_the_mode_is_read_by_the_scale_of_the_model(kind, model, firmware, mode, url):
    side, _ = told(DOWNLOAD.replace("P330 = 1", f"P330 = {mode}"), kind, model, firmware)
    assert [fetch.url for fetch in side.fetches()] == ([url] if url else [])


@pytest.mark.parametrize(
    ("kind", "minutes", "taken"),
    [
        ("gxp16-form", "5", True),
        ("gxp16-form", "4", False),
        ("gxp16-form", "721", False),
        ("gxp16-form", "0", False),
        ("gxv-gmi", "60", False),
        ("gxv-gmi", "120", True),
    ],
)
def test_only_intervals_that_the_family_takes_are_followed(kind, minutes, taken):
    mode = "P330 = 2" if kind == "gxv-gmi" else "P330 = 1"
    side, _ = told(DOWNLOAD.replace("P330 = 1", mode).replace("120", minutes), kind)
    assert bool(side.fetches()) is taken


def test_a_value_of_more_than_256_characters_is_dropped_in_silence():
    side, _ = told("P8310 = " + "x" * 257)
    assert side.report(happening()) is None
    side, _ = told("P8310 = " + "x" * 256)
    assert side.report(happening()) == "x" * 256


def test_a_file_for_another_phone_is_ignored_and_an_empty_item_resets():
    text = (
        "<gs_provision version='1'><mac>{}</mac><config version='1'><P8310>{}</P8310></config></gs_provision>"
    )
    side, _ = told(text.format("00005e0053ff", "http://x/"))
    assert side.report(happening()) is None
    side.take_settings(text.format("00:00:5E:00:53:01", "http://x/"))
    assert side.report(happening()) == "http://x/"
    side.take_settings(text.format("00005e005301", ""))
    assert side.report(happening()) is None


def test_aliases_are_understood_by_newer_phones_alone():
    text = "<gs_provision version='1'><config version='2'><item name='ons.actionUrl.incomingCall'>http://x/</item></config></gs_provision>"
    assert told(text, "gxp21-history", "GXP2170", "1.0.11.106")[0].report(happening()) == "http://x/"
    assert told(text, "gxp16-form")[0].report(happening()) is None
    assert told(text, "grp26-history", "GRP2614", "1.0.9.103")[0].report(happening()) is None
    switched = text.replace("</config>", "<item name='ons.enable'>Yes</item></config>")
    assert told(switched, "grp26-history", "GRP2614", "1.0.9.103")[0].report(happening()) == "http://x/"


def test_values_go_out_raw_and_what_has_none_stays_as_written():
    side, _ = told(f"P8310 = {INCOMING}\n", mac="00005e005302")
    url = side.report(happening(name="", number=""))
    assert url.endswith("&r=$remote&n=$display_remote&q=$language")
    assert "n=Olga & Ned = ?&q=" in side.report(happening())


@pytest.mark.parametrize(("kind", "model"), [("dp7", None), ("gxv-gmi", None), ("gxp16-form", "GXP1405")])
def test_families_without_events_report_none(kind, model):
    side, _ = told(f"P8310 = {INCOMING}\n", kind, model, "1.0.5.26" if model else None)
    assert side.report(happening()) is None


def test_only_the_end_of_a_call_has_a_duration():
    text = "P8313 = http://x/?d=$duration\nP8314 = http://x/?d=$duration\n"
    side, _ = told(text)
    assert side.report(happening(EventKind.ESTABLISHED)) == "http://x/?d=$duration"
    assert side.report(happening(EventKind.TERMINATED)) == "http://x/?d=65"
