import pytest
from hypothesis import given

from drivers.grandstream import DRIVER
from drivers.grandstream.quirks import VARIANTS
from phonesync.errors import Unsupported
from phonesync.model import Evidence
from tests.drivers.bookforms import (
    BOOKS,
    GRANDSTREAM,
    GRANDSTREAM_DECT,
    GRANDSTREAM_GXV,
    GRANDSTREAM_OLD,
    book,
    check,
    entry,
    hostile_book,
)
from tests.thorough import daily

FORMS = {
    ("gxp16-form", "GXP1625"): GRANDSTREAM,
    ("gxp16-form", "GXP1405"): GRANDSTREAM_OLD,
    ("gxp21-history", "GXP2170"): GRANDSTREAM,
    ("grp26-history", "GRP2614"): GRANDSTREAM,
    ("gxp-html", "GXP2120"): GRANDSTREAM_OLD,
    ("gxv-gmi", "GXV3240"): GRANDSTREAM_GXV,
    ("gxv-gmi", None): GRANDSTREAM_GXV,
    ("gxv33-realm", "WP820"): GRANDSTREAM,
    ("dp7", "DP750"): GRANDSTREAM_DECT,
    (None, None): GRANDSTREAM,
}
EACH = pytest.mark.parametrize(("variant", "model"), FORMS)


def rendered(*entries, variant="gxp16-form", model="GXP1625", file="phonebook.xml"):
    content = DRIVER.render_book(book(*entries), file=file, variant=variant, model=model)
    form = GRANDSTREAM_OLD if file == "gs_phonebook.xml" else FORMS[variant, model]
    return check(form, content)


@EACH
def test_each_generation_gets_its_dialect(variant, model):
    root = rendered(
        entry("Ольга Смирнова", "84955550123", ("89265550100", "mobile")), variant=variant, model=model
    )
    numbers = [number.text for number in root.iter("phonenumber")]
    assert numbers == ["84955550123", "89265550100"]


@given(BOOKS)
def test_whatever_a_book_holds_each_dialect_has_its_form(hostile):
    for (variant, model), form in FORMS.items():
        content = DRIVER.render_book(hostile, file="phonebook.xml", variant=variant, model=model)
        check(form, content)


@EACH
def test_thousands_of_hostile_contacts_leave_a_file_the_phone_takes(variant, model):
    content = DRIVER.render_book(
        hostile_book(daily(1000, thorough=5000)), file="phonebook.xml", variant=variant, model=model
    )
    assert len(check(FORMS[variant, model], content).findall("Contact")) <= 1000


def test_phones_of_the_age_of_gxp280_ask_for_another_name_and_both_are_there_for_each():
    for variant in (None, *VARIANTS):
        files = [file.name for file in DRIVER.book_files(variant=variant)]
        assert files == ["phonebook.xml", "gs_phonebook.xml"]
    root = rendered(entry("Olga Smirnova", "204"), entry("Door", "205"), file="gs_phonebook.xml")
    shown = [(one.findtext("FirstName"), one.findtext("LastName")) for one in root.findall("Contact")]
    assert shown == [("Olga", "Smirnova"), (None, "Door")]


def test_accounts_count_from_zero_as_in_the_guide():
    root = rendered(entry("Olga", "204"))
    assert [one.text for one in root.iter("accountindex")] == ["0"]


def test_numbers_stand_under_the_type_of_their_kind_where_it_is_free():
    root = rendered(entry("Olga", ("1", "mobile"), ("2", "work"), ("3", "work"), ("4", "fax")))
    assert [(one.get("type"), one.findtext("phonenumber")) for one in root.iter("Phone")] == [
        ("Mobile", "1"),
        ("Work", "2"),
        ("Home", "3"),
        ("Fax", "4"),
    ]


def test_more_numbers_than_a_contact_has_places_make_a_second_contact():
    numbers = [str(number) for number in range(4)]
    root = rendered(entry("Olga", *numbers), variant="dp7", model="DP750")
    assert [one.findtext("FirstName") for one in root.findall("Contact")] == ["Olga", "Olga"]
    assert [one.text for one in root.iter("phonenumber")] == numbers


@pytest.mark.parametrize(
    ("model", "numbers", "evidence"),
    [
        ("WP820", 5, Evidence.CERTAIN),
        ("GRP2612", 5, Evidence.LIKELY),
        ("GXP2170", 5, Evidence.GUESS),
        ("GXV3140", 4, Evidence.GUESS),
        ("DP750", 3, Evidence.GUESS),
        ("GXP1450", None, Evidence.GUESS),
    ],
)
def test_limits_say_how_well_they_are_known(model, numbers, evidence):
    limits = DRIVER.book_limits(variant=None, model=model)
    assert (limits.entries, limits.numbers, limits.evidence) == (1000, numbers, evidence)


def test_another_file_is_unsupported():
    with pytest.raises(Unsupported, match=r"book\.xml"):
        DRIVER.render_book(book(), file="book.xml")
