"""The configuration file: what it may hold, and what is said about what it may not."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ValidationError

from phonesync import config
from phonesync.config import ContactSourceConfig, PasswordKind
from phonesync.config.access import JournalConfig, OidcConfig, RoleConfig
from phonesync.config.calls import CallbacksConfig, GroupConfig
from phonesync.config.contacts import KEYS
from phonesync.config.outgoing import DigestConfig, MailConfig, WebhookConfig
from phonesync.config.outlets import (
    CrmConfig,
    ExportConfig,
    OutletsConfig,
    RecordingsConfig,
)
from phonesync.config.values import AgentConfig, PhoneConfig, SecretsConfig, SiteConfig, StoreConfig
from phonesync.config.web import PhonebookConfig, WebConfig
from phonesync.driver.contract import Quirk
from phonesync.errors import ConfigError, DriverError

ROOT = Path(__file__).resolve().parent.parent
SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
PHONE = '[[phone]]\nname = "desk-101"\nurl = "http://192.0.2.11"\n'


def toy_drivers():
    toy = SimpleNamespace(
        name="toy",
        variants={"one": None, "shared": None},
        quirks=(Quirk(name="order", values=("up", "down"), note="Which way."),),
    )
    other = SimpleNamespace(name="other", variants={"shared": None}, quirks=())
    return {"toy": toy, "other": other}


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a text as config.toml of the current folder."""
    monkeypatch.chdir(tmp_path)

    def load(text, drivers=toy_drivers):
        Path("config.toml").write_text(text, encoding="utf-8")
        return config.load(None, env={}, drivers=drivers)

    return load


@pytest.fixture
def problems(load):
    """The problems of a text as ``line key: message``."""

    def problems(text, drivers=toy_drivers):
        with pytest.raises(ConfigError) as raised:
            load(text, drivers)
        for problem in raised.value.problems:
            assert re.fullmatch(r"config\.toml:\d+", problem.where)
        return [
            f"{problem.where.removeprefix('config.toml:')} {problem.key}: {problem.message}"
            for problem in raised.value.problems
        ]

    return problems


def test_only_name_zone_country_and_name_and_url_are_required(load):
    loaded = load(SITE + PHONE)
    assert loaded.store.url == "sqlite:///phonesync.db"
    assert loaded.store.raw_days == 90
    assert loaded.store.password is None
    assert loaded.agent.poll == timedelta(minutes=10)
    assert loaded.agent.concurrency == 50
    assert loaded.secrets.key_file == "phonesync.key"
    phone = loaded.phone("desk-101")
    assert phone.username == "admin"
    assert phone.tls == "tofu"
    assert phone.site == "Head office"
    assert phone.enabled
    assert not phone.tls_legacy
    assert not phone.experimental
    optional = (phone.driver, phone.password, phone.extension, phone.owner, phone.department, phone.mac)
    assert optional == (None,) * 6
    assert (phone.timezone, phone.poll, phone.variant, phone.from_) == (None,) * 4
    assert phone.lines == {}
    assert phone.quirks == {}
    assert loaded.warnings == ()


def test_every_key_is_read(load):
    loaded = load(
        """\
[store]
url = "postgresql+psycopg://phonesync@db.example/phonesync"
raw_days = 7
password = { file = "store.password" }
[[site]]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
[[site]]
name = "Omsk"
timezone = "Asia/Omsk"
country = "RU"
extension_pattern = "^[1-7]\\\\d{2}$"
[agent]
poll = "90s"
concurrency = 5
[secrets]
key_file = "keys/phonesync.key"
[[phone]]
name = "desk-101"
driver = "toy"
url = "HTTPS://Phone-101.Example:8443/"
username = "user"
password = { env = "PHONE_PASSWORD" }
extension = "101"
owner = "Иванов И. И."
department = "Sales"
from = 2026-01-31
mac = "00:00:5E:00:53:0A"
site = "Omsk"
timezone = "UTC"
lines = { "1" = "101", "2" = "102" }
poll = "2h"
enabled = false
tls = "pin:sha256:AA:PIN"
tls_legacy = true
experimental = true
variant = "one"
quirks = { order = "down" }
""".replace("PIN", ":".join(["bb"] * 31))
    )
    phone = loaded.phones[0]
    assert loaded.store.url == "postgresql+psycopg://phonesync@db.example/phonesync"
    assert loaded.agent.poll == timedelta(seconds=90)
    assert loaded.key_file == loaded.base / "keys/phonesync.key"
    assert phone.url == "https://phone-101.example:8443"
    assert phone.password is not None
    assert phone.password.kind is PasswordKind.ENV
    assert phone.from_ == date(2026, 1, 31)
    assert phone.mac == "00005e00530a"
    assert phone.poll == timedelta(hours=2)
    assert phone.tls == "pin:sha256:aa" + "bb" * 31
    assert dict(phone.lines) == {"1": "101", "2": "102"}
    assert dict(phone.quirks) == {"order": "down"}
    assert loaded.site_of(phone).name == "Omsk"
    assert loaded.zone_of(phone) == ZoneInfo("UTC")
    assert loaded.site_of(phone).dial_plan.is_extension("101")
    assert not loaded.site_of(phone).dial_plan.is_extension("801")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(problems):
    found = problems(
        """\
[stor]
x = 1
[site]
name = "Head office"
timezone = "Europe/Moskow"
country = "ru"
area_code = "+7495"
extension_length = 3
extension_pattern = "[1-7"
[agent]
pol = "10m"
poll = 600
concurrency = true
[[phone]]
name = "desk-101"
url = "ftp://192.0.2.11"
driver = "toyy"
variant = "one"
from = "2026-01-31"
lines = { "0" = "101", "2" = 102 }
site = "Had office"
[[phone]]
nam = "desk-102"
tls = "tofuu"
enabled = "yes"
mac = "00:00:5E"
quirks = { ordr = "up" }
poll = "10 minutes"
"""
    )
    assert found == [
        '1 stor: unknown table "stor"; did you mean "store"?',
        '5 site.timezone: unknown time zone "Europe/Moskow"; did you mean "Europe/Moscow"?',
        '6 site.country: "ru" is no country code of two capital letters, for example "RU"; did you mean "RU"?',
        '7 site.area_code: must be digits in quotes without the national prefix, for example "495".',
        "9 site.extension_pattern: stands beside extension_length; keep one of the two.",
        "9 site.extension_pattern: is no valid regular expression: unterminated character set at position 0.",
        '11 agent.pol: unknown key "pol"; did you mean "poll"?',
        '12 agent.poll: must be a duration in quotes: a whole number and s, m, h or d, for example "10m".',
        "13 agent.concurrency: must be a whole number without quotes, not true or false.",
        '16 phone[1].url: must begin with http:// or https://, for example "http://192.0.2.11".',
        '17 phone[1].driver: unknown driver "toyy"; did you mean "toy"?',
        "19 phone[1].from: must be a date without quotes, for example 2026-01-31, not text.",
        '20 phone[1].lines.0: "0" is no line: lines count from 1, for example { "1" = "101" }.',
        "20 phone[1].lines.2: must be text in quotes, not a whole number.",
        '21 phone[1].site: unknown site "Had office"; did you mean "Head office"?',
        "22 phone[2].name: is missing; required here: name, url.",
        "22 phone[2].url: is missing; required here: name, url.",
        '23 phone[2].nam: unknown key "nam"; did you mean "name"?',
        '24 phone[2].tls: unknown TLS mode "tofuu"; did you mean "tofu"?',
        "25 phone[2].enabled: must be true or false, without quotes, not text.",
        '26 phone[2].mac: is no MAC address; write it like "00:00:5E:00:53:01".',
        '27 phone[2].quirks.ordr: unknown quirk "ordr"; did you mean "order"?',
        '28 phone[2].poll: must be a duration in quotes: a whole number and s, m, h or d, for example "10m".',
    ]


def test_doubled_names_and_addresses_name_the_other_place(problems):
    found = problems(
        SITE
        + '[[phone]]\nname = "a"\nurl = "http://192.0.2.11"\nmac = "00:00:5E:00:53:01"\n'
        + '[[phone]]\nname = "a"\nurl = "http://192.0.2.12:80"\nmac = "00-00-5e-00-53-01"\n'
        + '[[phone]]\nname = "b"\nurl = "HTTP://192.0.2.11:80/"\n'
        + '[[phone]]\nname = "c"\nurl = "https://192.0.2.11"\n'
    )
    assert found == [
        '10 phone[2].name: "a" stands at config.toml:6 already; each phone needs its own.',
        '12 phone[2].mac: "00-00-5e-00-53-01" stands at config.toml:8 already; each phone needs its own.',
        '15 phone[3].url: "HTTP://192.0.2.11:80/" stands at config.toml:7 already; each phone needs its own.',
    ]


OMSK = '[[site]]\nname = "Omsk"\ntimezone = "Asia/Omsk"\ncountry = "RU"\n'


def test_with_several_sites_each_phone_names_its_own(problems):
    assert problems(SITE.replace("[site]", "[[site]]") + OMSK + PHONE) == [
        "9 phone[1].site: is missing; with several sites each phone names its own: Head office, Omsk."
    ]


def test_a_site_that_stands_twice_is_told(problems):
    assert problems(OMSK + OMSK) == [
        '6 site[2].name: "Omsk" stands at config.toml:2 already; each site needs its own.'
    ]


def test_a_wrong_site_does_not_make_its_phones_wrong(problems):
    found = problems(SITE.replace("RU", "XX") + PHONE + 'site = "Head office"\n')
    assert found == ['4 site.country: "XX" is no country code of two capital letters, for example "RU".']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1 site: is missing; write a [site] with name, timezone and country."),
        ("site = 3\n", "1 site: must be a table, not a whole number."),
        ("site = [3]\n", "1 site[1]: must be a table, not a whole number."),
        (SITE + "[phone]\nname = 'x'\n", "5 phone: must be written [[phone]], in double brackets, once for each phone."),
        (SITE + "[phone.one]\nname = 'x'\n", "5 phone: must be written [[phone]], in double brackets, once for each phone."),
        ("store = 'x'\n" + SITE, "1 store: must be a table, not text."),
        (SITE + "phones = []\n", '5 site.phones: unknown key "phones"; known: area_code, country, extension_length, extension_pattern, name, timezone.'),
    ],
)  # fmt: skip
def test_a_table_of_the_wrong_shape_is_told(problems, text, expected):
    assert problems(text) == [expected]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("url", '"http://user:sesame@192.0.2.11"', "must not hold user or password; put them under username and password."),
        ("url", '"http://192.0.2.11/servlet"', "must end after host and port: the driver knows the paths."),
        ("url", '"http://192.0.2.11?x=1"', "must end after host and port: the driver knows the paths."),
        ("url", '"http://192.0.2.256"', "has no valid host name or IP address."),
        ("url", '"http://"', "has no valid host name or IP address."),
        ("url", '"http://a..b"', "has no valid host name or IP address."),
        ("url", '"http://192.0.2.11:0"', "has a port that is no number from 1 to 65535."),
        ("url", '"http://192.0.2.11:99999"', "has a port that is no number from 1 to 65535."),
        ("url", '"http://192.0.2.11:x"', "has a port that is no number from 1 to 65535."),
        ("url", '"192.0.2.11"', 'must begin with http:// or https://, for example "http://192.0.2.11".'),
        ("url", '"http://[::1"', "is no address."),
        ("url", '"http://192.0.2.11\\n"', "must not hold blanks."),
        ("name", '""', "must be one line of visible characters without blanks around it."),
        ("name", '" x"', "must be one line of visible characters without blanks around it."),
        ("name", '"a\\nb"', "must be one line of visible characters without blanks around it."),
        ("tls", '"pin:sha256:abc"', 'is no pin; write "pin:sha256:" and the SHA-256 of the certificate, 64 hex digits.'),
        ("tls", '"pin:md5:abc"', 'is no pin; write "pin:sha256:" and the SHA-256 of the certificate, 64 hex digits.'),
        ("timezone", '"../etc/passwd"', 'unknown time zone "../etc/passwd".'),
        ("timezone", '"Europe"', 'unknown time zone "Europe"'),
        ("poll", '"0s"', "must be longer than nothing and at most 366 days."),
        ("poll", '"367d"', "must be longer than nothing and at most 366 days."),
        ("mac", '"00:00:5E:00-53-01"', 'is no MAC address; write it like "00:00:5E:00:53:01".'),
        ("variant", '"won"', 'unknown variant "won"; did you mean "one"?'),
        ("variant", '"shared"', "is a variant of toy and other; name the driver beside it."),
        ("quirks", '{ order = "sideways" }', 'unknown value "sideways"; known: down, up.'),
        ("quirks", "3", "must be a table of keys and texts, not a whole number."),
        ("from", "2026-01-31T00:00:00", "must be a date without quotes, for example 2026-01-31, not a date with a time."),
    ],
)  # fmt: skip
def test_a_wrong_value_of_a_phone_is_told(problems, key, value, message):
    given = {"name": '"desk-101"', "url": '"http://192.0.2.11"'} | {key: value}
    text = SITE + "[[phone]]\n" + "".join(f"{name} = {text}\n" for name, text in given.items())
    (problem,) = problems(text)
    assert problem.split(" ", 1)[1].startswith(f"phone[1].{key}")
    assert message in problem
    assert "sesame" not in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[store]\nurl = "sqlte:///x.db"\n', '2 store.url: unknown kind of store "sqlte"; did you mean "sqlite"?'),
        ('[store]\nurl = "phonesync.db"\n', '2 store.url: is no address of a store; write it like "sqlite:///phonesync.db".'),
        ('[store]\nurl = "sqlite://"\n', '2 store.url: must name a file: "sqlite:///phonesync.db" beside this file, "sqlite:////…" from the root.'),
        ('[store]\nurl = "sqlite:///:memory:"\n', '2 store.url: must name a file: "sqlite:///phonesync.db" beside this file, "sqlite:////…" from the root.'),
        ('[store]\nurl = "sqlite://phonesync.db"\n', '2 store.url: must name a file: "sqlite:///phonesync.db" beside this file, "sqlite:////…" from the root.'),
        ('[store]\nurl = "postgresql://u:sesame@h/d"\n', '2 store.url: must not hold the password; put it beside it: password = { env = "…" }.'),
        ('[store]\nurl = "postgresql://u@h/d?sslmode=require&password=sesame"\n', '2 store.url: must not hold the password; put it beside it: password = { env = "…" }.'),
        ('[store]\nurl = "postgresql+asyncpg://u@h/d"\n', '2 store.url: must be written like "postgresql+psycopg://phonesync@db.example/phonesync".'),
        ('[store]\nurl = "postgresql://u@h"\n', '2 store.url: must be written like "postgresql+psycopg://phonesync@db.example/phonesync".'),
        ("[store]\nraw_days = -1\n", "2 store.raw_days: must be from 0 to 36500."),
        ("[store]\nraw_days = 1.5\n", "2 store.raw_days: must be a whole number without quotes, not a number with a point."),
        ("[agent]\nconcurrency = 0\n", "2 agent.concurrency: must be from 1 to 10000."),
        ("[secrets]\nkey_file = []\n", "2 secrets.key_file: must be text in quotes, not a list."),
    ],
)  # fmt: skip
def test_a_wrong_value_of_another_table_is_told(problems, text, expected):
    assert problems(text + SITE) == [expected]


def test_an_extension_length_has_bounds(problems):
    assert problems(SITE + "extension_length = 0\n") == ["5 site.extension_length: must be from 1 to 12."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[store\nurl = 1\n", r"1 : is not valid TOML: .+\."),
        (SITE + "name = 'twice'\n", r"5 : is not valid TOML: this key or table stands a second time\."),
        (SITE + SITE, r"5 : is not valid TOML: this key or table stands a second time\."),
        ("a = 'open\n" + SITE, r"1 : is not valid TOML: .+\."),
        ("a = 1\nb = 'open\n\n", r"2 : is not valid TOML: what begins here is never closed\."),
        (SITE + "b = '''open\n\n" + SITE, r"5 : is not valid TOML: what begins here is never closed\."),
        (SITE + "c = [\n1,\n", r"5 : is not valid TOML: what begins here is never closed\."),
        ("a = [\n" + "1,\n" * 300, r"1 : is not valid TOML: what begins here is never closed\."),
    ],
)
def test_a_syntax_error_has_its_line(problems, text, expected):
    (problem,) = problems(text)
    assert re.fullmatch(expected, problem)


def test_a_file_that_is_not_utf8_has_its_line(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b"# fine\nowner = '\xc8\xe2'\n")
    with pytest.raises(ConfigError) as raised:
        config.load(file)
    assert str(raised.value) == f"{file}:2: is not UTF-8; save the file as UTF-8."


def test_a_byte_order_mark_is_passed_over(load):
    assert load("\ufeff" + SITE + PHONE).phones[0].name == "desk-101"


def test_a_missing_file_is_told_with_the_command_that_writes_one(tmp_path):
    with pytest.raises(ConfigError, match="does not exist") as raised:
        config.load(tmp_path / "none.toml")
    assert "`phonesync init`" in raised.value.hint
    assert raised.value.exit_code == 2


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        config.load(tmp_path)


def test_the_file_is_the_option_else_the_variable_else_the_usual_one():
    env = {"PHONESYNC_CONFIG": "there.toml"}
    assert config.locate(Path("here.toml"), env) == Path("here.toml")
    assert config.locate(None, env) == Path("there.toml")
    assert config.locate(None, {}) == Path("config.toml")
    assert config.locate(None, {"PHONESYNC_CONFIG": ""}) == Path("config.toml")


def test_paths_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "config.toml").write_text(SITE + PHONE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = config.load(Path("etc/config.toml"))
    assert loaded.base == tmp_path / "etc"
    assert loaded.key_file == tmp_path / "etc" / "phonesync.key"


def test_drivers_are_loaded_only_where_a_phone_names_one(load):
    def broken():
        raise DriverError("The plug-in toy cannot be loaded.")

    assert load(SITE + PHONE, broken).phones
    with pytest.raises(ConfigError, match="The plug-in toy cannot be loaded"):
        load(SITE + PHONE + 'driver = "toy"\n', broken)


def test_an_unknown_phone_is_told_with_the_nearest_name(load):
    with pytest.raises(ConfigError, match=r'Unknown phone "desk-11"; did you mean "desk-101"\?'):
        load(SITE + PHONE).phone("desk-11")


def test_the_configuration_cannot_be_changed(load):
    loaded = load(SITE + PHONE + 'lines = { "1" = "101" }\n')
    with pytest.raises(ValidationError):
        loaded.phones[0].name = "other"
    with pytest.raises(TypeError):
        loaded.phones[0].lines["1"] = "102"


def test_a_file_without_phones_is_right_but_warned_about(load):
    assert load(SITE).warnings == ("config.toml:1: no [[phone]] is listed, so there is nothing to read.",)


def test_tls_on_http_is_warned_about(load):
    assert load(SITE + PHONE + 'tls = "verify"\n').warnings == (
        "config.toml:8: tls has no effect on phone desk-101: its url is http.",
    )


def uncommented(text):
    """The example with every commented key in force."""
    return re.sub(r"^#(?=[a-z_]+ = |\[)", "", text, flags=re.MULTILINE)


def test_the_example_is_the_template_that_init_writes():
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == config.template()


def test_the_example_loads_and_shows_the_defaults(tmp_path):
    loaded = config.load(ROOT / "config.example.toml")
    assert loaded.warnings == ()
    assert loaded.store == StoreConfig()
    assert loaded.agent == AgentConfig()
    assert loaded.secrets == SecretsConfig()
    assert loaded.web == WebConfig()
    assert loaded.phonebook == PhonebookConfig()
    assert (loaded.callbacks, loaded.groups, loaded.outlets) == (CallbacksConfig(), (), OutletsConfig())
    assert config.resolve_passwords(loaded, env={"PHONE_PASSWORD": "sesame"})["desk-101"] == "sesame"


def test_the_example_lists_every_key_and_each_is_right(tmp_path):
    text = uncommented(config.template())
    listed = tomllib.loads(text)
    kinds: dict[str, type[BaseModel]] = {
        "store": StoreConfig,
        "site": SiteConfig,
        "agent": AgentConfig,
        "secrets": SecretsConfig,
        "web": WebConfig,
        "phonebook": PhonebookConfig,
        "callbacks": CallbacksConfig,
        "journal": JournalConfig,
        "oidc": OidcConfig,
        "export": ExportConfig,
        "recordings": RecordingsConfig,
        "crm": CrmConfig,
    }
    for table, kind in kinds.items():
        assert set(listed[table]) == set(kind.model_fields)
    keys = {field.alias or name for name, field in PhoneConfig.model_fields.items()}
    assert set(listed["phone"][0]) == keys
    assert {key for role in listed["role"] for key in role} == set(RoleConfig.model_fields)
    assert {key for group in listed["group"] for key in group} == set(GroupConfig.model_fields)
    assert set(listed["digest"][0]) == set(DigestConfig.model_fields)
    assert set(listed["webhook"][0]) == set(WebhookConfig.model_fields)
    assert set(listed["mail"]) == {field.alias or name for name, field in MailConfig.model_fields.items()}
    assert {key for source in listed["contacts"] for key in source} == set(ContactSourceConfig.model_fields)
    without_either = text.replace("extension_length = 3", "", 1)
    (tmp_path / "config.toml").write_text(without_either, encoding="utf-8")
    phone = config.load(tmp_path / "config.toml").phones[0]
    commented = {"poll", "enabled", "tls", "tls_legacy", "experimental"}
    shown = PhoneConfig(name="x", url="http://192.0.2.1").model_dump(include=commented - {"poll"})
    assert phone.model_dump(include=commented - {"poll"}) == shown
    sources = config.load(tmp_path / "config.toml").contact_sources
    assert [source.kind for source in sources] == list(KEYS)
    usual = ("every", "precedence", "shrink_percent", "filter", "start_tls", "page_size", "tls")
    assert all(
        ContactSourceConfig.model_fields[key].default == getattr(source, key)
        for source in sources
        for key in usual
    )


@pytest.mark.parametrize(
    "value",
    [
        "127.0.0.1:8099",
        "127.8.9.10:1",
        "localhost:65535",
        "[::1]:8099",
        "./health.sock",
        "/run/phonesync/health.sock",
    ],
)
def test_a_place_for_health_on_this_machine_is_taken(tmp_path, value):
    path = tmp_path / "config.toml"
    path.write_text(f'[agent]\nhealth = "{value}"\n[site]\nname = "O"\ntimezone = "UTC"\ncountry = "RU"\n')
    assert config.load(path).agent.health == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("8099", "must be an address and a port"),
        ("127.0.0.1", "must be an address and a port"),
        ("127.0.0.1:0", "must be an address and a port"),
        ("127.0.0.1:65536", "must be an address and a port"),
        ("::1:8099", "must be an address and a port"),
        ("office.example:80", "must be an address and a port"),
        ("[127.0.0.1]:80", "must be an address and a port"),
        ("./two\\nlines", "one line"),
        ("0.0.0.0:8099", "can be reached by others than this machine"),
        ("192.0.2.10:8099", "can be reached by others than this machine"),
        ("[::]:8099", "can be reached by others than this machine"),
    ],
)
def test_another_place_for_health_is_told(tmp_path, value, message):
    path = tmp_path / "config.toml"
    rest = '[site]\nname = "O"\ntimezone = "UTC"\ncountry = "RU"\n'
    path.write_text(f'[agent]\nhealth = "{value}"\n{rest}')
    with pytest.raises(ConfigError, match=r"agent\.health") as raised:
        config.load(path)
    assert message in str(raised.value)
    if "reached" in message:
        path.write_text(f'[agent]\nhealth = "{value}"\nhealth_remote = true\n{rest}')
        assert config.load(path).agent.health == value
