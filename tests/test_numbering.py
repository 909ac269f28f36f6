import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.numbering import DialPlan, canonical, countries, is_country, is_withheld

MOSCOW = DialPlan(country="RU", area_code="495", extension_length=3)
NEW_YORK = DialPlan(country="US", area_code="212")
BERLIN = DialPlan(country="DE", area_code="30", extension_pattern=r"^[1-7]\d{2}$")


@pytest.mark.parametrize(
    ("plan", "shown", "expected"),
    [
        (MOSCOW, "+74951234567", "+74951234567"),
        (MOSCOW, "74951234567", "+74951234567"),
        (MOSCOW, "84951234567", "+74951234567"),
        (MOSCOW, "4951234567", "+74951234567"),
        (MOSCOW, "1234567", "+74951234567"),
        (MOSCOW, "8 (495) 123-45-67", "+74951234567"),
        (MOSCOW, "89161234567", "+79161234567"),
        (MOSCOW, "81049301234567", "+49301234567"),
        (MOSCOW, "+49301234567", "+49301234567"),
        (MOSCOW, "8123456", "+74958123456"),
        (MOSCOW, "7123456", "+74957123456"),
        (MOSCOW, "8101234", "+74958101234"),
        (NEW_YORK, "5550123", "+12125550123"),
        (NEW_YORK, "12125550123", "+12125550123"),
        (NEW_YORK, "2125550123", "+12125550123"),
        (NEW_YORK, "011442079460000", "+442079460000"),
        (BERLIN, "0301234567", "+49301234567"),
        (BERLIN, "1234567", "+49301234567"),
    ],
)
def test_a_number_gets_one_e164_form_however_a_trunk_presents_it(plan, shown, expected):
    assert plan.e164(shown) == expected


@pytest.mark.parametrize("shown", ["101", "999", "112", "1234", "02", "0", "12345"])
def test_internal_and_short_numbers_have_no_e164_form(shown):
    assert MOSCOW.e164(shown) is None


@pytest.mark.parametrize(
    "shown", [None, "", "  ", "anonymous", "Anonymous", "Unknown", "PRIVATE", "Withheld"]
)
def test_a_withheld_number_has_no_e164_form(shown):
    assert is_withheld(shown)
    assert MOSCOW.e164(shown) is None


@pytest.mark.parametrize(
    "shown", ["*98", "#31#", "*21*84951234567#", "**62", "ivanov", "1-800-FLOWERS", "٨٤٩٥١٢٣٤٥٦٧"]
)
def test_feature_codes_and_names_have_no_e164_form(shown):
    assert not is_withheld(shown)
    assert MOSCOW.e164(shown) is None


def test_a_foreign_prefix_of_another_country_is_not_guessed():
    assert MOSCOW.e164("00442079460000") is None


def test_a_number_without_area_code_is_nothing_where_the_site_has_none():
    assert DialPlan(country="RU").e164("1234567") is None


def test_extensions_go_by_length():
    assert MOSCOW.is_extension("101")
    assert MOSCOW.is_extension(" 101 ")
    assert not MOSCOW.is_extension("1010")
    assert not MOSCOW.is_extension("*98")
    assert not MOSCOW.is_extension("١٠١")
    assert not NEW_YORK.is_extension("101")


def test_extensions_go_by_a_pattern_that_matches_the_whole_number():
    assert BERLIN.is_extension("101")
    assert not BERLIN.is_extension("801")
    assert not DialPlan(country="DE", extension_pattern=r"[1-7]\d{2}").is_extension("1012345")


def test_an_extension_that_looks_like_a_local_number_stays_internal():
    plan = DialPlan(country="RU", area_code="495", extension_length=7)
    assert plan.e164("1234567") is None
    assert plan.e164("84951234567") == "+74951234567"


def test_countries_are_codes_of_two_capital_letters():
    assert is_country("RU")
    assert not is_country("ru")
    assert not is_country("Russia")
    assert {"RU", "DE", "US"} <= countries()


@pytest.mark.parametrize(
    "shown",
    [
        "+74951234567",
        "84951234567",
        "74951234567",
        "4951234567",
        "1234567",
        "123-45-67",
        "8 (495) 123\u201145\u201367",
        "\u202a+7 495 123-45-67\u202c",
        "sip:+74951234567@pbx.example",
        "SIP:84951234567@192.0.2.1:5060;user=phone",
        "sips:1234567:secret@pbx.example",
        "%2B74951234567@pbx.example",
        "tel:+7-495-123-45-67;ext=201",
        "tel:1234567;phone-context=+7495",
        "tel:+74951234567;phone-context=+7812",
        "tel:1234567;phone-context=pbx.example",
        '"Ivanov; <boss>" <sip:84951234567@pbx.example;transport=tcp>;tag=1a2b',
        "sip:84951234567;npdi=yes;rn=123@pbx.example",
        "callto://84951234567",
    ],
)
def test_every_spelling_of_a_number_has_one_canonical_form(shown):
    assert canonical(MOSCOW, shown) == "+74951234567"


@pytest.mark.parametrize(
    "shown",
    [
        *("201", " 201 ", "sip:201@192.0.2.1", "<sip:201@pbx.example>", "tel:201", "ext. 201", "доб.201"),
        *("ext:201", "вн. 201", "Extension 201", "20-1", "201;phone-context=pbx.example"),
    ],
)
def test_an_internal_number_has_a_canonical_form_of_its_own(shown):
    assert canonical(MOSCOW, shown) == "ext:201"


@pytest.mark.parametrize(
    "shown",
    [
        *(
            None,
            "",
            "  ",
            "sip:",
            "Anonymous",
            "sip:anonymous@anonymous.invalid",
            "Unknown",
            "ivanov@pbx.example",
        ),
        *("02", "1234", "*98", "sip:%2A98@pbx.example", "sip:192.0.2.17", "192.168.111.100:5060"),
        *("sip:192.0.2.17:5060", "ext. 84951234567", "доб.", "+7 495 123-45-67 доб. 201"),
        *("\ud800", "\x00", "<>", "<<sip:201"),
    ],
)
def test_what_is_neither_number_nor_extension_has_no_canonical_form(shown):
    assert canonical(MOSCOW, shown) is None


def test_an_extension_is_one_by_the_plan_of_the_site_alone():
    assert canonical(NEW_YORK, "201") is None
    assert canonical(BERLIN, "sip:201@pbx.example") == "ext:201"
    assert canonical(BERLIN, "+49 (0)30 1234567") == "+49301234567"


plans = st.sampled_from(
    [MOSCOW, NEW_YORK, BERLIN, DialPlan(country="RU"), DialPlan(country="GB", area_code="20")]
)
numbers = st.one_of(st.text(max_size=40), st.from_regex(r"[+]?[0-9*# ()-]{0,24}", fullmatch=True))


@given(plan=plans, shown=st.one_of(st.none(), numbers))
def test_whatever_is_shown_the_answer_is_a_proper_e164_number_or_none(plan, shown):
    found = plan.e164(shown)
    assert found is None or re.fullmatch(r"\+[1-9][0-9]{6,14}", found)


@given(plan=plans, shown=numbers)
def test_normalising_twice_changes_nothing(plan, shown):
    found = plan.e164(shown)
    assert found is None or plan.e164(found) == found


@given(subscriber=st.from_regex(r"[0-9]{7}", fullmatch=True))
def test_the_ways_to_write_a_moscow_number_agree(subscriber):
    with_plus = MOSCOW.e164(f"+7495{subscriber}")
    assert with_plus == f"+7495{subscriber}"
    assert MOSCOW.e164(f"8495{subscriber}") == with_plus
    assert MOSCOW.e164(f"7495{subscriber}") == with_plus
    assert MOSCOW.e164(f"495{subscriber}") == with_plus
    assert MOSCOW.e164(subscriber) == with_plus


@given(digits=st.from_regex(r"[0-9]{1,6}", fullmatch=True))
def test_short_digits_never_become_a_number_of_the_country(digits):
    assert MOSCOW.e164(digits) is None
    assert DialPlan(country="RU").e164(digits) is None


@given(plan=plans, shown=st.one_of(st.none(), numbers, st.text(alphabet='<>"@:;%+0123sipel. ', max_size=30)))
def test_a_canonical_form_is_e164_or_an_extension_and_stays_itself(plan, shown):
    found = canonical(plan, shown)
    if found is None:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}|ext:[0-9]+", found)
    assert canonical(plan, found) == found
