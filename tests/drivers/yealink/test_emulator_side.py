"""The emulated Yealink's own doings, against the sheet and not against our writers."""

import pytest

from phonesync.driver.emulation import Fetch
from phonesync.model import EventKind
from tests.drivers.sides import happening, side_of

BOOK = """\
<CompanyIPPhoneDirectory clearlight="true">
  <Title>Phonebook</Title><Prompt>Prompt</Prompt>
  <DirectoryEntry><Name>Olga Smirnova</Name><Telephone>84955550123</Telephone><Telephone label="Mobile">89265550100</Telephone></DirectoryEntry>
</CompanyIPPhoneDirectory>
"""
SETTINGS = """\
#!version:1.0.0.1
## a comment = not a setting
remote_phonebook.data.2.url = http://192.0.2.1/book.xml
remote_phonebook.data.2.username = book
remote_phonebook.data.2.password = secret
features.remote_phonebook.enable = 1
action_url.incoming_call = http://192.0.2.1/e/in?c=$call_id&r=$remote&n=$display_remote&x=$udisk_number
unknown.key = 1
"""


def told(text=SETTINGS, kind="yealink-servlet", **more):
    side, memory = side_of(kind, **more)
    side.take_settings(text)
    return side, memory


def test_a_book_of_any_name_is_taken_with_every_number():
    side, memory = told()
    (fetch,) = side.fetches()
    assert (fetch.url, fetch.every_s) == ("http://192.0.2.1/book.xml", 21600)
    assert dict(fetch.headers)["Authorization"] == "Basic Ym9vazpzZWNyZXQ="
    assert dict(fetch.headers)["User-Agent"] == "Yealink SIP-T46S 66.84.0.15 00:00:5e:00:53:01"
    side.fetched(fetch, status=200, content=BOOK.encode())
    assert memory.directory.name_of("89265550100") == "Olga Smirnova"


@pytest.mark.parametrize("broken", [BOOK.replace("Olga", "O & lga"), BOOK[:-20], "<html/>", ""])
def test_one_bad_character_empties_the_book(broken):
    side, memory = told()
    (fetch,) = side.fetches()
    side.fetched(fetch, status=200, content=BOOK.encode())
    side.fetched(fetch, status=200, content=broken.encode())
    assert memory.directory.name_of("84955550123") is None


def test_without_the_lookup_switch_nothing_is_fetched():
    side, _ = told(SETTINGS.replace("enable = 1", "enable = 0"))
    assert side.fetches() == ()


def test_a_file_without_its_first_line_is_ignored():
    side, _ = told(SETTINGS.partition("\n")[2])
    assert side.fetches() == ()
    assert side.report(happening()) is None


def test_a_value_is_reset_by_null():
    side, _ = told()
    side.take_settings("#!version:1.0.0.1\naction_url.incoming_call = %NULL%\n")
    assert side.report(happening()) is None


def test_an_address_of_more_than_511_characters_is_not_kept():
    side, _ = told(SETTINGS.replace("x=$udisk_number", "x=" + "y" * 500))
    assert side.report(happening()) is None


def test_unknown_variables_stay_as_they_are_written():
    side, _ = told()
    url = side.report(happening(name="Olga"))
    assert url.endswith("&n=Olga&x=$udisk_number")
    assert side.report(happening(EventKind.MISSED)) is None


def test_the_own_directory_is_replaced_by_the_file_from_the_server():
    side, memory = told("#!version:1.0.0.1\nlocal_contact.data.url = http://192.0.2.1/contact.xml\n")
    memory.directory.type_in("Aunt Vera", [("work", "777")])
    (fetch,) = side.fetches()
    own = (
        '<?xml version="1.0"?><root_group><group display_name="All Contacts" ring="Auto"/></root_group>'
        '<root_contact><contact display_name="Olga" office_number="204" mobile_number="" other_number="205"/>'
        '<contact display_name=" " office_number="1"/></root_contact>'
    )
    side.fetched(fetch, status=200, content=own[:-9].encode())
    assert memory.directory.name_of("777") == "Aunt Vera"
    side.fetched(fetch, status=200, content=own.encode())
    assert memory.directory.name_of("777") is None
    assert [(one.name, one.numbers) for one in memory.directory.own()] == [
        ("Olga", (("work", "204"), ("other", "205")))
    ]


def test_a_broken_connection_leaves_the_book():
    side, memory = told()
    side.fetched(Fetch(url="http://192.0.2.1/book.xml", every_s=1), status=404, content=b"")
    assert memory.directory.name_of("84955550123") is None


def test_half_the_phones_escape_values_and_half_do_not():
    shown = set()
    for number in range(1, 9):
        side, _ = told(mac=f"00005e0053{number:02x}")
        shown.add("%26" in side.report(happening()))
    assert shown == {True, False}
