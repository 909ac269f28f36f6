import pytest
from hypothesis import given
from lxml import etree

from drivers.yealink import DRIVER
from drivers.yealink.phonebook import BOOK, CONTACTS, GROUP, MOST_CONTACTS
from phonesync.errors import UnexpectedResponse, Unsupported
from tests.drivers.bookforms import BOOKS, YEALINK_REMOTE, book, check, check_own, entry, hostile_book
from tests.thorough import daily

OWN = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<root_group> <group display_name="All Contacts" ring="Auto"/> <group display_name="Blacklist" ring="Auto"/> </root_group>
<root_contact> <contact display_name="Aunt  Vera &amp; Co" office_number="" mobile_number="89265550100" other_number="" line="-1" ring="Resource:Ring2.wav" group_id_name="All Contacts" default_photo="Resource:icon.png"/> </root_contact>
"""


def remote(*entries):
    return check(YEALINK_REMOTE, DRIVER.render_book(book(*entries), file=BOOK))


def merged(*entries, own=OWN):
    return DRIVER.render_book(book(*entries), file=CONTACTS, own=own)


def contacts(content):
    return [dict(one.attrib) for one in check_own(content).find("root_contact")]


def test_the_remote_book_comes_first_and_only_the_own_directory_replaces():
    assert [(file.name, file.replaces) for file in DRIVER.book_files(variant="v86-json")] == [
        ("book.xml", False),
        ("contact.xml", True),
    ]


def test_a_remote_book_holds_names_and_labelled_numbers():
    root = remote(
        entry("Ольга Смирнова", "84955550123", ("89265550100", "mobile")), entry("Door", "sip:123@192.0.2.20")
    )
    assert root.findtext("Title") == "Company"
    assert [
        (one.findtext("Name"), [n.text for n in one.findall("Telephone")])
        for one in root.findall("DirectoryEntry")
    ] == [
        ("Ольга Смирнова", ["84955550123", "89265550100"]),
        ("Door", ["sip:123@192.0.2.20"]),
    ]
    assert [n.get("label") for n in root.iter("Telephone")] == [None, "Mobile", None]


@given(BOOKS)
def test_whatever_a_book_holds_the_files_have_their_form(hostile):
    check(YEALINK_REMOTE, DRIVER.render_book(hostile, file=BOOK))
    kept = contacts(DRIVER.render_book(hostile, file=CONTACTS, own=OWN))
    assert kept[0]["display_name"] == "Aunt  Vera & Co"
    names = [one["display_name"] for one in kept]
    assert len(names) == len(set(names))


def test_thousands_of_hostile_contacts_leave_well_formed_files():
    hostile = hostile_book(daily(1000, thorough=5000))
    check(YEALINK_REMOTE, DRIVER.render_book(hostile, file=BOOK))
    assert len(contacts(DRIVER.render_book(hostile, file=CONTACTS, own=OWN))) <= MOST_CONTACTS


def test_the_own_directory_keeps_what_its_user_typed_untouched():
    shown = contacts(merged(entry("Olga", "204")))
    assert shown[0] == {
        "display_name": "Aunt  Vera & Co",
        "office_number": "",
        "mobile_number": "89265550100",
        "other_number": "",
        "line": "-1",
        "ring": "Resource:Ring2.wav",
        "group_id_name": "All Contacts",
        "default_photo": "Resource:icon.png",
    }
    assert shown[1]["display_name"] == "Olga"
    assert shown[1]["group_id_name"] == GROUP


def test_merging_again_with_the_copy_that_came_back_changes_nothing():
    once = merged(entry("Olga", "204"), entry("Boris", "205"))
    assert merged(entry("Olga", "204"), entry("Boris", "205"), own=once) == once


def test_our_contact_goes_when_it_leaves_the_book_and_the_users_stays():
    once = merged(entry("Olga", "204"))
    assert [one["display_name"] for one in contacts(merged(own=once))] == ["Aunt  Vera & Co"]


def test_a_number_that_the_user_has_is_not_given_a_second_name():
    shown = contacts(merged(entry("Vera Ivanova", ("89265550100", "mobile"), "204")))
    assert shown[1]["office_number"] == "204"
    assert shown[1]["mobile_number"] == ""


def test_numbers_take_the_place_of_their_kind_and_a_fourth_a_contact_of_its_own():
    shown = contacts(merged(entry("Olga", ("1", "mobile"), ("2", "work"), ("3", "work"), ("4", "home"))))[1:]
    assert [
        (one["display_name"], one["office_number"], one["mobile_number"], one["other_number"])
        for one in shown
    ] == [
        ("Olga", "2", "1", "3"),
        ("Olga (2)", "", "", "4"),
    ]


def test_the_own_directory_holds_no_more_than_the_phone_takes():
    many = [entry(f"Person {number}", f"{20000 + number}") for number in range(1200)]
    assert len(contacts(merged(*many))) == MOST_CONTACTS


def test_the_wrapped_form_of_android_phones_is_understood_and_given_back():
    body = OWN.partition(b"?>")[2]
    wrapped = b'\xef\xbb\xbf<?xml version="1.0"?><vp_contact>' + body + b"</vp_contact>"
    content = merged(entry("Olga", "204"), own=wrapped)
    groups, held = etree.fromstring(content)
    assert etree.fromstring(content).tag == "vp_contact"
    assert (groups.tag, [one.get("display_name") for one in held]) == (
        "root_group",
        ["Aunt  Vera & Co", "Olga"],
    )
    assert merged(entry("Olga", "204"), own=content) == content


@pytest.mark.parametrize(
    "own",
    [
        b"",
        b"<root_contact/>",
        OWN[:-20],
        OWN.replace(b"root_group>", b"groups>"),
        OWN.replace(b"<contact ", b"<person/><contact "),
        OWN.replace(b"</root_contact>", b"<contact display_name='x'><photo/></contact></root_contact>"),
        b'<!DOCTYPE x [<!ENTITY a "b">]><root_group/><root_contact/>',
        OWN + b"<root_blacklist/>",
    ],
)
def test_a_copy_that_is_not_understood_is_never_merged(own):
    with pytest.raises(UnexpectedResponse):
        merged(entry("Olga", "204"), own=own)


def test_without_a_copy_the_own_directory_is_not_offered():
    with pytest.raises(Unsupported, match="uploaded none"):
        DRIVER.render_book(book(), file=CONTACTS)


def test_where_there_is_no_room_for_our_group_nothing_is_merged():
    groups = "".join(f'<group display_name="{n}" ring="Auto"/>' for n in range(48))
    own = f"<root_group>{groups}</root_group><root_contact/>".encode()
    with pytest.raises(Unsupported, match="48 groups"):
        merged(entry("Olga", "204"), own=own)


def test_another_file_is_unsupported():
    with pytest.raises(Unsupported, match=r"phonebook\.xml"):
        DRIVER.render_book(book(), file="phonebook.xml")


def test_a_book_is_kept_to_what_the_own_directory_takes():
    assert DRIVER.book_limits(variant=None, model=None).entries == 1000
