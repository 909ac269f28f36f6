"""The tables [[contacts]]: what they may hold, and what is said about what they may not."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from phonesync import config
from phonesync.config import PasswordKind, resolve_contact_password
from phonesync.errors import ConfigError
from phonesync.phonebook.winner import Scope, Viewer

SITE = '[[site]]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
PHONE = '[[phone]]\nname = "desk-101"\nurl = "http://192.0.2.11"\ndepartment = "Sales"\n'
CSV = '[[contacts]]\nname = "staff"\nkind = "csv"\npath = "staff.csv"\n'


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(text):
        Path("config.toml").write_text(text, encoding="utf-8")
        return config.load(None, env={}, drivers=dict)

    return load


@pytest.fixture
def problems(load):
    """The problems of a text as ``line key: message``."""

    def problems(text):
        with pytest.raises(ConfigError) as raised:
            load(SITE + text)
        return [str(problem).removeprefix("config.toml:") for problem in raised.value.problems]

    return problems


def test_name_kind_and_place_are_enough(load):
    (source,) = load(SITE + CSV).contact_sources
    assert (source.every, source.precedence, source.shrink_percent) == (timedelta(hours=1), 10, 30)
    assert (source.site, source.department, source.columns, source.encoding) == (None, None, {}, None)


def test_every_key_is_read(load):
    loaded = load(
        SITE
        + CSV
        + 'every = "5m"\nsite = "Head office"\ndepartment = "Sales"\nprecedence = 3\nshrink_percent = 5\n'
        + 'columns = { name = ["Surname", "Name"], mobile = "Cell" }\ndelimiter = "\\t"\nencoding = "cp1251"\n'
        + '[[contacts]]\nname = "dav"\nkind = "carddav"\nurl = "https://dav.example/book/"\nusername = "u"\n'
        + 'password = { file = "dav.password" }\ntls = "insecure"\nca_file = "ca.pem"\n'
        + '[[contacts]]\nname = "ad"\nkind = "ldap"\nurl = "ldaps://dc.example:3269"\nbase = "dc=example"\n'
        + 'filter = "(mobile=*)"\nsubtree = false\nattributes = { work = "ipPhone" }\nstart_tls = false\npage_size = 9\n'
    )
    csv, dav, ad = loaded.contact_sources
    assert csv.columns == {"name": ("Surname", "Name"), "mobile": ("Cell",)}
    assert (csv.delimiter, csv.encoding, csv.every) == ("\t", "cp1251", timedelta(minutes=5))
    assert dav.password is not None
    assert dav.password.kind is PasswordKind.FILE
    assert ad.attributes == {"work": ("ipPhone",)}
    assert (ad.subtree, ad.start_tls, ad.page_size) == (False, False, 9)
    assert loaded.contact_scopes["staff"] == Scope(
        source="staff", site="Head office", department="Sales", precedence=3
    )
    assert loaded.contact_scopes["own"] == Scope(source="own", precedence=0)


def test_a_phone_is_seen_with_its_site_and_department(load):
    loaded = load(SITE + PHONE)
    assert loaded.viewer_of(loaded.phones[0]) == Viewer(site="Head office", department="Sales")


def test_all_mistakes_are_told_at_once_with_their_lines(problems):
    assert problems(
        '[[contacts]]\nname = "own"\nkind = "csv"\nurl = "http://h/"\n'
        '[[contacts]]\nname = "a/b"\nkind = "cvs"\n'
        '[[contacts]]\nname = "ad"\nkind = "ldap"\nurl = "ldap://u:p@h"\ncolumns = { name = "x" }\n'
        'attributes = { nam = "x" }\npage_size = 0\ntls = "tofu"\n'
        '[[contacts]]\nname = "ad"\nkind = "carddav"\nurl = "ftp://h"\nsite = "Had office"\nevery = 5\n'
        '[[contacts]]\nkind = "csv"\npath = "x"\nprecedence = -1\nshrink_percent = 101\ndelimiter = ";;"\n'
        'encoding = "klingon"\ncolumns = { name = 3 }\nlast = 1\n'
    ) == [
        "5: contacts[1].path: is missing; a source of kind csv needs path.",
        '6: contacts[1].name: "own" is the source of contacts edited in phonesync itself; choose another name.',
        "8: contacts[1].url: is a key of carddav and ldap, not of csv.",
        "10: contacts[2].name: must not hold a slash.",
        '11: contacts[2].kind: unknown kind of source "cvs"; did you mean "csv"?',
        "12: contacts[3].base: is missing; a source of kind ldap needs url and base.",
        "15: contacts[3].url: must not hold user or password; put them under username and password.",
        "16: contacts[3].columns: is a key of csv, not of ldap.",
        '17: contacts[3].attributes: unknown key "nam"; did you mean "name"?',
        "18: contacts[3].page_size: must be from 1 to 10000.",
        '19: contacts[3].tls: unknown TLS mode "tofu"; known: insecure, verify.',
        '21: contacts[4].name: "ad" stands at config.toml:13 already; each source needs its own.',
        '23: contacts[4].url: must begin with http:// or https:// and a host, for example "https://dav.example/contacts/".',
        '24: contacts[4].site: unknown site "Had office"; did you mean "Head office"?',
        '25: contacts[4].every: must be a duration in quotes: a whole number and s, m, h or d, for example "10m".',
        "26: contacts[5].name: is missing; required here: name, kind.",
        "29: contacts[5].precedence: must be from 0 to 1000; the lower one wins.",
        "30: contacts[5].shrink_percent: must be from 0 to 100.",
        '31: contacts[5].delimiter: must be one character, for example ";".',
        '32: contacts[5].encoding: unknown encoding "klingon"; for example "utf-8", "utf-16", "cp1251".',
        '33: contacts[5].columns: name must be a text or a list of texts, for example name = ["Phone"].',
        '34: contacts[5].last: unknown key "last".',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[contacts]\nname = 'x'\n",
            "must be written [[contacts]], in double brackets, once for each source.",
        ),
        (
            '[[contacts]]\nname = "ad"\nkind = "ldap"\nurl = "ldap://h/dc=x"\nbase = "b"\n',
            "must end after host and port",
        ),
        ('[[contacts]]\nname = "ad"\nkind = "ldap"\nurl = "ldap://h:99999"\nbase = "b"\n', "is no address"),
        (
            '[[contacts]]\nname = "ad"\nkind = "ldap"\nurl = "ldap://"\nbase = "b"\n',
            "must begin with ldap:// or ldaps://",
        ),
        (CSV + "columns = 3\n", "must be a table of keys and texts, not a whole number."),
    ],
)
def test_a_mistake_is_told(problems, text, told):
    (problem,) = problems(text)
    assert told in problem


def test_an_unknown_source_is_told_with_the_nearest_name(load):
    with pytest.raises(ConfigError, match=r'Unknown source of contacts "stuff"; did you mean "staff"\?'):
        load(SITE + CSV).contact_source("stuff")


def test_the_password_of_a_source_is_looked_up_when_it_is_needed_and_told_with_its_line(load):
    text = '[[contacts]]\nname = "dav"\nkind = "carddav"\nurl = "http://h/"\npassword = { env = "DAV" }\n'
    loaded = load(SITE + text)
    (source,) = loaded.contact_sources
    assert resolve_contact_password(loaded, source, env={"DAV": "sesame"}) == "sesame"
    with pytest.raises(
        ConfigError, match=re.escape("config.toml:9: contacts.password: the environment variable DAV")
    ):
        resolve_contact_password(loaded, source, env={})
    assert resolve_contact_password(load(SITE + CSV), load(SITE + CSV).contact_sources[0], env={}) == ""


def test_a_password_in_plain_text_is_warned_about_and_never_shown(load):
    text = '[[contacts]]\nname = "dav"\nkind = "carddav"\nurl = "http://h/"\nusername = "u"\npassword = "sesame"\n'
    loaded = load(SITE + PHONE + text)
    assert loaded.warnings[0].startswith("config.toml:14: the password of source dav stands in plain text")
    assert "sesame" not in repr(loaded) + loaded.model_dump_json()


def test_a_source_that_no_phone_sees_is_warned_about(load):
    warned = load(SITE + PHONE + CSV + 'department = "Slaes"\n').warnings
    assert warned == (
        "config.toml:13: no phone is of the site and department of source staff: nobody sees it.",
    )
    assert load(SITE + PHONE + CSV + 'department = "Sales"\nsite = "Head office"\n').warnings == ()
