import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver.script import assigned_string, called_with, literal_at
from phonesync.errors import UnexpectedResponse


@given(st.text(), st.sampled_from(["", " ", "\n\t"]))
def test_what_json_writes_is_read_back(value, blank):
    script = f"var other = 1;{blank}x{blank}={blank}{json.dumps(value)};rest"
    found = assigned_string(script, "x")
    assert (found.value, found.rest) == (value, ";rest")


@pytest.mark.parametrize(
    ("script", "value"),
    [
        (r"x='a\'b'", "a'b"),
        (r'x="\x41Б\q\/\0"', "AБq/\0"),
        ('x="a\\\nb"', "ab"),
        (r'x="\xZZ"', "xZZ"),
        ('x="one\ntwo"', "one\ntwo"),
        ("myx = 'no'; x.y = 'no'; $x='no'; x = 'yes'", "yes"),
        ("x == 'no'; x = 5; x = 'yes'", "yes"),
        ('window.location ="/a"; x="b"', "b"),
    ],
)
def test_javascript_literals_are_read(script, value):
    assert assigned_string(script, "x").value == value


def test_only_the_argument_of_the_named_call_is_taken():
    script = 'x = ""; x = other("no"); x = g_json.ParseJSON( "yes" )'
    assert assigned_string(script, "x", call="g_json.ParseJSON").value == "yes"


@pytest.mark.parametrize("script", ["", "x", "x =", "x = 1", "y = 'a'", "x = f("])
def test_nothing_assigned_is_none(script):
    assert assigned_string(script, "x") is None


@pytest.mark.parametrize("script", ['x = "', 'x = "a', r'x = "a\"', r'x = "a\u00', "x='a", 'x = "a\\'])
def test_a_literal_that_is_never_closed_is_a_cut(script):
    with pytest.raises(UnexpectedResponse, match="cut"):
        assigned_string(script, "x")


@given(st.text(min_size=1))
def test_every_prefix_of_a_literal_is_a_cut(value):
    script = f"x={json.dumps(value)}"
    for length in range(len("x=") + 1, len(script)):
        with pytest.raises(UnexpectedResponse):
            assigned_string(script[:length], "x")


def test_calls_of_a_function_are_found_in_order():
    script = 'T("Thu") T( \'Mar\' );T("06"); alertT("no"); T(5); T'
    assert called_with(script, "T") == ("Thu", "Mar", "06")


def test_a_literal_is_read_from_its_quote():
    assert literal_at("  'a' b", 2).rest == " b"
