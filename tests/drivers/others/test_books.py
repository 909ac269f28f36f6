import pytest
from hypothesis import given

from drivers import others
from phonesync.errors import Unsupported
from tests.drivers.bookforms import (
    BOOKS,
    any_number,
    attribute,
    book,
    check,
    element,
    entry,
    filled,
    form,
    hostile_book,
    maybe,
    one_of,
    several,
)
from tests.thorough import daily

PAIR = element("DirectoryEntry", filled("Name") + filled("Telephone"))
FORMS = {
    ("cisco", "directory.xml"): form(
        element("CiscoIPPhoneDirectory", maybe(filled("Title")) + any_number(PAIR))
    ),
    ("htek", "phonebook.xml"): form(element("PhoneDirectory", any_number(PAIR))),
    ("flyingvoice", "book.xml"): form(
        element(
            "YealinkIPPhoneDirectory",
            any_number(element("DirectoryEntry", filled("Name") + several(filled("Telephone")))),
        )
    ),
    ("fanvil", "phonebook.xml"): form(
        element(
            "PhoneBook",
            any_number(
                element(
                    "DirectoryEntry",
                    filled("Name")
                    + "".join(element(place, "<text/>") for place in ("Telephone", "Mobile", "Other"))
                    + element("Ring", one_of("Default"))
                    + element("Group", "<text/>"),
                )
            ),
        )
    ),
    ("snom", "tbook.xml"): form(
        element(
            "Settings",
            element(
                "tbook",
                any_number(
                    element(
                        "contact",
                        element("first_name", "<text/>")
                        + filled("last_name")
                        + element(
                            "numbers",
                            several(
                                element(
                                    "number",
                                    "<empty/>",
                                    attribute("no"),
                                    attribute("type", one_of("business")),
                                    attribute("outgoing_id", one_of("0")),
                                )
                            ),
                        ),
                        *(attribute(word, one_of("false")) for word in ("fav", "vip", "blocked")),
                    )
                ),
                attribute("e", one_of("2")),
                attribute("version", one_of("2.0")),
                attribute("complete", one_of("true")),
            ),
        )
    ),
    ("snom", "directory.xml"): form(
        element(
            "IPPhoneDirectory",
            any_number(
                element(
                    "DirectoryEntry",
                    filled("Name")
                    + "".join(maybe(filled(place)) for place in ("Telephone", "Office", "Mobile")),
                )
            ),
        )
    ),
    ("mitel", "directory.xml"): form(
        element(
            "AastraIPPhoneTextMenu",
            filled("Title") + any_number(element("MenuItem", filled("Prompt") + filled("URI"))),
        )
    ),
    ("gigaset", "list.xml"): form(
        element(
            "list",
            any_number(element("entry", filled("ln") + maybe(filled("fn")) + filled("hm"), attribute("id"))),
            attribute("response", one_of("get_list")),
            attribute("type", one_of("pr")),
            *(attribute(word) for word in ("total", "first", "last")),
        )
    ),
}
DRIVERS = {driver.name: driver for driver in vars(others).values() if isinstance(driver, others.OtherDriver)}
EACH = pytest.mark.parametrize(("name", "file"), FORMS)


def rendered(name, file, what):
    return check(FORMS[name, file], DRIVERS[name].render_book(what, file=file))


def test_every_file_of_every_vendor_has_a_form():
    offered = {
        (driver.name, file.name) for driver in DRIVERS.values() for file in driver.book_files(variant=None)
    }
    assert offered == set(FORMS)
    assert len(DRIVERS) == 7


@EACH
def test_names_and_numbers_stand_in_the_file(name, file):
    root = rendered(name, file, book(entry("Ольга Смирнова", "84955550123", ("89265550100", "mobile"))))
    text = "\n".join(
        [
            *(one.text or "" for one in root.iter()),
            *(value for one in root.iter() for value in one.attrib.values()),
        ]
    )
    for wanted in ("Смирнова", "84955550123", "89265550100"):
        assert wanted in text


@given(BOOKS)
def test_whatever_a_book_holds_each_file_has_its_form(hostile):
    for name, file in FORMS:
        rendered(name, file, hostile)


@EACH
def test_thousands_of_hostile_contacts_leave_a_well_formed_file(name, file):
    rendered(name, file, hostile_book(daily(1000, thorough=5000)))


@EACH
def test_an_empty_book_is_a_file_too(name, file):
    rendered(name, file, book())


def test_pages_hold_no_more_than_one_page():
    many = book(*(entry(f"Person {number}", f"{20000 + number}") for number in range(100)))
    assert len(rendered("cisco", "directory.xml", many).findall("DirectoryEntry")) == 32
    assert len(rendered("mitel", "directory.xml", many).findall("MenuItem")) == 30
    assert DRIVERS["cisco"].book_limits(variant=None, model=None).entries == 32
    assert DRIVERS["mitel"].book_limits(variant=None, model=None).entries == 30


def test_a_gigaset_is_told_how_many_there_are():
    root = rendered("gigaset", "list.xml", book(entry("Olga Smirnova", "204", "205"), entry("Door", "206")))
    assert (root.get("total"), root.get("first"), root.get("last")) == ("3", "1", "3")
    assert [(one.findtext("fn"), one.findtext("ln")) for one in root] == [
        ("Olga", "Smirnova"),
        ("Olga", "Smirnova"),
        (None, "Door"),
    ]


def test_one_number_an_entry_is_told_apart_by_its_kind():
    root = rendered(
        "htek", "phonebook.xml", book(entry("Olga", "204", ("8926", "mobile")), entry("Ned", ("1", "home")))
    )
    assert [one.findtext("Name") for one in root] == ["Olga", "Olga (Mobile)", "Ned"]


@pytest.mark.parametrize(("name", "most", "path"), [("cisco", 32, ".//Name"), ("mitel", 30, ".//Prompt")])
def test_of_a_page_everybody_has_a_first_number_before_anybody_a_second(name, most, path):
    people = [entry(f"Person {at:02}", f"+7495{at:07}", f"8495{at:07}", f"7495{at:07}") for at in range(28)]
    shown = [one.text for one in rendered(name, "directory.xml", book(*people)).iterfind(path)]
    assert len(shown) == most
    assert shown == sorted(shown)
    assert set(shown) == {f"Person {at:02}" for at in range(28)}
    assert shown.count("Person 00") == 2


def test_a_mitel_dials_what_is_chosen():
    root = rendered("mitel", "directory.xml", book(entry("Olga", "204")))
    assert root.findtext("MenuItem/URI") == "Dial:204"


@pytest.mark.parametrize("name", DRIVERS)
def test_another_file_is_unsupported(name):
    with pytest.raises(Unsupported, match=f"Phones of {name} fetch no file gs_phonebook"):
        DRIVERS[name].render_book(book(), file="gs_phonebook.xml")
