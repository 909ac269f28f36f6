import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver.action_urls import KEYS, address, keys_of, parse
from phonesync.driver.events import ActionUrl, ActionUrls
from phonesync.errors import ConfigError
from phonesync.model import Direction, EventKind, PhoneEvent

VARIABLES = {
    "c": "$call-id",
    "a": "$active_user",
    "l": "$local",
    "r": "$remote",
    "d": "$duration",
    "w": "$calldirection",
    "n": "$display_remote",
}
INCOMING = ActionUrl(word="in", setting="incoming", kind=EventKind.INCOMING)
ENDED = ActionUrl(word="end", setting="ended", kind=EventKind.TERMINATED)
STARTED = ActionUrl(word="boot", setting="setup", kind=EventKind.STARTED, keys=())
URLS = ActionUrls(urls=(INCOMING, ENDED, STARTED), variables=VARIABLES, most_characters=256)
CONTRADICTED = ActionUrls(urls=(INCOMING,), variables=VARIABLES, own_is_local=False)
BASE = "https://phones.example/e/AbCdEfGhIjKlMnOpQrStUv"

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"))).map(str.strip)
NUMBERS = st.text("0123456789+*#abcXYZ._", min_size=1, max_size=20)
HOSTS = st.sampled_from(["pbx.example", "192.0.2.20", "192.0.2.20:5062"])
CALL_IDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="%&"), min_size=1
).filter(lambda text: not text.startswith("$"))


def read(query, *, urls=URLS, word="in", accounts=()):
    return parse(word, query, urls, accounts=accounts)


def test_an_address_holds_our_keys_in_order_and_the_name_last():
    assert address(URLS, INCOMING, BASE) == (
        f"{BASE}/in?c=$call-id&a=$active_user&l=$local&r=$remote&d=$duration&w=$calldirection&n=$display_remote"
    )


def test_an_event_without_variables_has_an_address_without_a_query():
    assert address(URLS, STARTED, BASE) == f"{BASE}/boot"
    assert parse("boot", b"", URLS, accounts=()) == PhoneEvent(kind=EventKind.STARTED)


def test_an_event_holds_the_variables_that_the_phone_fills_in_for_it():
    urls = ActionUrls(urls=(), variables={"r": "$$REMOTENUMBER$$", "d": "$$CALLDURATION$$"})
    hook = ActionUrl(
        word="hook", setting="action uri onhook", kind=EventKind.TERMINATED, keys=("d", "r", "n")
    )
    assert keys_of(urls, hook) == ("r", "d")
    assert address(urls, hook, BASE) == f"{BASE}/hook?r=$$REMOTENUMBER$$&d=$$CALLDURATION$$"


def test_an_address_that_would_be_too_long_goes_without_what_matters_least():
    tight = ActionUrls(urls=(INCOMING,), variables=VARIABLES, most_characters=128)
    assert address(tight, INCOMING, BASE).endswith("&r=$remote&d=$duration&n=$display_remote")
    tight = ActionUrls(urls=(INCOMING,), variables=VARIABLES, most_characters=110)
    assert address(tight, INCOMING, BASE).endswith("&l=$local&r=$remote&d=$duration")
    tight = ActionUrls(urls=(INCOMING,), variables=VARIABLES, most_characters=80)
    assert address(tight, INCOMING, BASE) == f"{BASE}/in?c=$call-id&r=$remote"


def test_an_address_longer_than_the_phone_takes_is_an_error_that_says_so():
    tight = ActionUrls(urls=(INCOMING,), variables=VARIABLES, most_characters=60)
    with pytest.raises(ConfigError, match=r"has 71 characters; this phone takes 60") as caught:
        address(tight, INCOMING, BASE)
    assert "public_url" in caught.value.hint


def test_a_word_that_stands_for_no_event_is_none():
    assert read(b"c=1", word="constructor") is None


@given(
    call_id=CALL_IDS,
    account=NUMBERS,
    number=NUMBERS,
    host=HOSTS,
    name=NAMES,
    duration=st.integers(min_value=0, max_value=86_400),
    inbound=st.booleans(),
)
def test_every_value_survives_once_it_is_quoted(call_id, account, number, host, name, duration, inbound):
    values = {
        "c": call_id,
        "a": account,
        "l": f"sip:{account}@{host}",
        "r": f'"{number}" <sip:{number}@{host};user=phone>',
        "d": str(duration),
        "w": "incoming" if inbound else "outgoing",
        "n": name,
    }
    query = "&".join(f"{key}={quote(values[key], safe='')}" for key in KEYS)
    event = read(query.encode(), word="end")
    assert event.call_id == call_id
    assert event.account == account
    assert (event.remote_number, event.remote_host) == (number, host)
    assert event.duration_s == duration
    assert event.direction is (Direction.INBOUND if inbound else Direction.OUTBOUND)
    unfilled = re.fullmatch(r"\$[A-Za-z][\w-]*|\$\$[\w-]+\$\$", name, re.ASCII)
    if name and not unfilled and not (len(name) > 1 and name[0] == name[-1] == '"'):
        assert event.remote_name == name


@given(name=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='%"$')).map(str.strip))
def test_a_name_survives_unquoted_whatever_it_holds(name):
    query = f"c=17@pbx.example&a=201&l=sip:201@pbx.example&r=sip:84955550123@pbx.example&n={name}"
    event = read(query)
    assert event.remote_name == (name or None)
    assert event.remote_number == "84955550123"


@given(st.binary(max_size=200))
def test_no_query_breaks_the_reader(query):
    event = read(query)
    assert event.kind is EventKind.INCOMING
    for text in (event.call_id, event.account, event.remote_number, event.remote_name):
        assert text is None or (text and "\0" not in text)


@given(st.text(max_size=100))
def test_text_is_read_as_its_bytes_are(query):
    assert read(query) == read(query.encode("utf-8", "replace"))


def test_values_with_our_separators_in_them_end_where_our_next_key_begins():
    event = read("c=a&b=c?d&a=201&l=sip:201@pbx&r=sip:1&x=2@pbx;p=1&n=Meyer & Sons = & n=?")
    assert event.call_id == "a&b=c?d"
    assert event.remote_number == "1&x=2"
    assert event.remote_name == "Meyer & Sons = & n=?"


@pytest.mark.parametrize(
    ("value", "number", "host", "name"),
    [
        ("sip:84955550123@pbx.example;user=phone", "84955550123", "pbx.example", None),
        ('"Olga Smirnova" <sip:84955550123@pbx.example>', "84955550123", "pbx.example", "Olga Smirnova"),
        ("Olga <sip:204@pbx.example>;tag=1", "204", "pbx.example", "Olga"),
        ("<sip:204@pbx.example", "204", "pbx.example", None),
        ("%22Olga%22%20%3Csip%3A204%40pbx.example%3E", "204", "pbx.example", "Olga"),
        ("sip:%2B74955550123@pbx.example", "+74955550123", "pbx.example", None),
        ("sip%3A%252B74955550123%40pbx.example", "+74955550123", "pbx.example", None),
        ("+74955550123", "+74955550123", None, None),
        ("204@pbx.example", "204", "pbx.example", None),
        ("sip:anonymous@anonymous.invalid", "anonymous", "anonymous.invalid", None),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "anonymous", "anonymous.invalid", "Anonymous"),
        ("$remote", None, None, None),
        ("$$REMOTENUMBER$$", None, None, None),
        ("", None, None, None),
        ("100%", "100%", None, None),
    ],
)
def test_a_party_is_read_in_every_form_phones_write(value, number, host, name):
    event = read(f"c=1&a=201&l=sip:201@pbx&r={value}")
    assert (event.remote_number, event.remote_host, event.remote_name) == (number, host, name)


def test_variables_that_were_not_filled_in_or_are_missing_count_as_not_said():
    unfilled = address(URLS, ENDED, BASE).partition("?")[2]
    nothing = PhoneEvent(kind=EventKind.TERMINATED)
    assert parse("end", unfilled, URLS, accounts=()) == nothing
    assert parse("end", "", URLS, accounts=()) == nothing
    assert parse("end", "r=sip:204@pbx", URLS, accounts=()).remote_number == "204"


def test_the_account_in_use_stands_above_the_local_party():
    assert read("a=sip:202@pbx&l=sip:201@pbx&r=1").account == "202"
    assert read("a=$active_user&l=sip:201@pbx&r=1").account == "201"


@pytest.mark.parametrize(
    ("query", "accounts", "account", "number", "name"),
    [
        ("l=sip:201@pbx&r=sip:204@pbx&n=Olga", ("201",), "201", "204", "Olga"),
        ("l=sip:204@pbx&r=sip:201@pbx&n=Me", ("201",), "201", "204", None),
        ('l="Olga" <sip:204@pbx>&r=sip:201@pbx&n=Me', ("201",), "201", "204", "Olga"),
        ("a=201&l=sip:204@pbx&r=sip:201@pbx", (), "201", "204", None),
        ("l=sip:204@pbx&r=sip:205@pbx&n=Olga", ("201",), "204", "205", "Olga"),
        ("l=sip:202@pbx&r=sip:201@pbx&n=Olga", ("201", "202"), "202", "201", "Olga"),
        ("l=sip:204@pbx&r=$remote", ("201",), "204", None, None),
    ],
)
def test_where_papers_contradict_each_other_the_account_of_the_phone_is_local(
    query, accounts, account, number, name
):
    event = read(query, urls=CONTRADICTED, accounts=accounts)
    assert (event.account, event.remote_number, event.remote_name) == (account, number, name)


def test_papers_that_agree_are_believed_even_where_the_parties_are_both_accounts():
    event = read("l=sip:204@pbx&r=sip:201@pbx", accounts=("201",))
    assert (event.account, event.remote_number) == ("204", "201")


@pytest.mark.parametrize(
    ("text", "seconds"), [("65", 65), ("0", 0), ("1:05", 65), ("0:01:05", 65), ("soon", None), ("-1", None)]
)
def test_a_duration_is_seconds_or_not_said(text, seconds):
    assert read(f"d={text}", word="end").duration_s == seconds


@pytest.mark.parametrize(
    ("word", "direction"),
    [("incoming", Direction.INBOUND), ("OUT", Direction.OUTBOUND), ("both", None), ("$calldirection", None)],
)
def test_a_direction_is_told_by_a_word_that_is_understood(word, direction):
    assert read(f"w={word}", word="end").direction is direction


def test_an_event_that_has_one_direction_says_it_whatever_the_variable_says():
    assert read("w=outgoing").direction is Direction.INBOUND


def test_bytes_beyond_ascii_are_utf8_or_else_latin1():
    assert read("n=Смирнова".encode()).remote_name == "Смирнова"
    assert read("n=Müller".encode("latin-1")).remote_name == "Müller"
    assert read(b"n=M%FCller").remote_name == "Müller"


def test_a_plus_is_a_blank_in_the_name_alone_and_only_of_a_phone_that_escapes():
    event = read("c=1&a=201&l=sip%3A201%40pbx&r=sip%3A+74955550123%40pbx&n=Olga+Smirnova")
    assert (event.remote_number, event.remote_name) == ("+74955550123", "Olga Smirnova")
    assert read("r=sip%3a204%40pbx&n=A%2BB+%26+Co").remote_name == "A+B & Co"
    assert read("r=sip%3A204%40pbx&n=A+B%20Co").remote_name == "A+B Co"
    assert read("r=sip:204@pbx&n=A+B").remote_name == "A+B"


def test_a_plus_stays_a_plus_and_control_characters_go():
    event = read(b"r=+7495\x00555\r\n&n=Olga\tSmirnova\x07")
    assert event.remote_number == "+7495555"
    assert event.remote_name == "Olga Smirnova"
