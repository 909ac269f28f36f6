"""The tables ``[web]`` and ``[phonebook]``: what they may hold, and what is said about what they may not."""

import re

import pytest

from phonesync import config
from phonesync.config import resolve_web_password
from phonesync.errors import ConfigError

REST = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n[[phone]]\nname = "desk-101"\nurl = "http://192.0.2.11"\n'


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(text):
        (tmp_path / "config.toml").write_text(text + REST, encoding="utf-8")
        return config.load(None, env={})

    return load


@pytest.fixture
def problem(load):
    """The one problem of a text, without its line."""

    def problem(text):
        with pytest.raises(ConfigError) as raised:
            load(text)
        (found,) = raised.value.problems
        assert re.fullmatch(r"config\.toml:\d+", found.where)
        return f"{found.key}: {found.message}"

    return problem


def test_without_the_table_nothing_is_served(load):
    loaded = load("")
    assert (loaded.web.listen, loaded.web.base_url) == (None, None)
    assert loaded.phonebook.title == "Contacts"
    assert not loaded.phonebook.canary
    assert loaded.warnings == ()


def test_every_key_is_read(load):
    loaded = load(
        """[web]
listen = "[::]:8443"
public_url = "https://Phones.Example:8443/names/"
certificate = "web.crt"
private_key = "web.key"
tls_legacy = true
trusted_proxies = ["192.0.2.6", "2001:db8::/32"]
username = "phones"
password = { env = "WEB_PASSWORD" }
[phonebook]
title = "Контакты"
canary = true
"""
    )
    assert loaded.web.base_url == "https://phones.example:8443/names"
    assert loaded.web.trusted_proxies == ("192.0.2.6", "2001:db8::/32")
    assert loaded.web.tls_legacy
    assert loaded.warnings == ()
    assert resolve_web_password(loaded, env={"WEB_PASSWORD": "sesame"}) == "sesame"
    assert "phones" not in repr(loaded.web).replace("phones.example", "")
    assert loaded.phonebook.title == "Контакты"


@pytest.mark.parametrize(
    ("keys", "url"),
    [
        ('listen = "192.0.2.5:8080"', "http://192.0.2.5:8080"),
        ('listen = "192.0.2.5:8443"\ncertificate = "a"\nprivate_key = "b"', "https://192.0.2.5:8443"),
        ('listen = "0.0.0.0:8080"', None),
        ('listen = "[::]:8080"', None),
        ('public_url = "http://192.0.2.5"', "http://192.0.2.5"),
    ],
)
def test_the_address_of_phones_follows_from_one_address_listened_at(load, keys, url):
    assert load(f"[web]\n{keys}\n").web.base_url == url


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('listen = "8080"', "web.listen: must be an address and a port"),
        ('listen = "./web.sock"', "web.listen: must be an address and a port"),
        ('listen = "phones.example:80"', "web.listen: must be an address and a port"),
        ('listen = "192.0.2.5:0"', "web.listen: must be an address and a port"),
        ('public_url = "phones.example"', "web.public_url: must begin with http:// or https://"),
        ('public_url = "http://u:p@phones.example"', "web.public_url: must not hold user or password"),
        ('public_url = "http://phones.example/?a=b"', "web.public_url: must end after a plain path"),
        ('public_url = "http://phones.example/a b"', "web.public_url: must not hold blanks."),
        ('public_url = "http://phones.example/%41"', "web.public_url: must end after a plain path"),
        ('public_url = "http://phones.example:99999"', "web.public_url: has a port that is no number"),
        ('certificate = "web.crt"', "web.certificate: needs private_key beside it."),
        ('private_key = "web.key"', "web.private_key: needs certificate beside it."),
        ('username = "phones"', "web.username: needs password beside it."),
        ('password = { env = "X" }', "web.password: needs username beside it."),
        ('username = "a:b"\npassword = { env = "X" }', "web.username: must not hold a colon"),
        ('trusted_proxies = "192.0.2.6"', "web.trusted_proxies: must be a list of texts in quotes"),
        ("trusted_proxies = [1]", "web.trusted_proxies: must be a list of texts in quotes"),
        ('trusted_proxies = ["proxy"]', 'web.trusted_proxies: "proxy" is no address and no network'),
        ('trusted_proxies = ["192.0.2.1/24"]', 'web.trusted_proxies: "192.0.2.1/24" is no address and no'),
        ("tls_legacy = 1", "web.tls_legacy: must be true or false"),
        ("lisen = 1", 'web.lisen: unknown key "lisen"; did you mean "listen"?'),
    ],
)
def test_a_mistake_is_named_with_what_is_right(problem, keys, message):
    assert problem(f"[web]\n{keys}\n").startswith(message)


def test_a_title_is_one_visible_line(problem):
    assert problem('[phonebook]\ntitle = ""\n') == (
        "phonebook.title: must be one line of visible characters without blanks around it."
    )


@pytest.mark.parametrize("value", ["0", "100001"])
def test_a_phone_takes_a_sensible_number_of_contacts(problem, value):
    other = f'[[phone]]\nname = "desk-102"\nurl = "http://192.0.2.12"\nphonebook_entries = {value}\n'
    assert problem(other) == "phone[1].phonebook_entries: must be from 1 to 100000."


@pytest.mark.parametrize(
    ("keys", "warning"),
    [
        (
            'public_url = "http://192.0.2.5"',
            "config.toml:1: [web] has no listen, so that phones are served nothing.",
        ),
        (
            'listen = "0.0.0.0:80"',
            "config.toml:2: without public_url nobody knows the address by which phones",
        ),
        (
            'listen = "127.0.0.1:80"',
            "config.toml:2: 127.0.0.1:80 is this machine alone; no phone can reach it.",
        ),
        (
            'listen = "0.0.0.0:80"\npublic_url = "http://localhost"',
            "config.toml:3: http://localhost is this machine alone; no phone can reach it.",
        ),
        (
            'listen = "0.0.0.0:80"\npublic_url = "http://127.0.0.2:80"',
            "config.toml:3: http://127.0.0.2:80 is this machine alone; no phone can reach it.",
        ),
        (
            'listen = "0.0.0.0:80"\npublic_url = "http://192.0.2.5"\ncertificate = "a"\nprivate_key = "b"',
            "config.toml:3: begins with http://, but with a certificate only https:// is answered.",
        ),
        (
            'listen = "192.0.2.5:80"\nusername = "phones"\npassword = "sesame"',
            "config.toml:4: the password of the phonebooks stands in plain text;",
        ),
    ],
)
def test_what_no_phone_could_reach_is_warned_about(load, keys, warning):
    (found,) = load(f"[web]\n{keys}\n").warnings
    assert found.startswith(warning)


def test_a_password_that_cannot_be_had_is_named_with_its_line(load):
    loaded = load(
        '[web]\nlisten = "192.0.2.5:80"\nusername = "phones"\npassword = { env = "WEB_PASSWORD" }\n'
    )
    with pytest.raises(ConfigError, match=r"config.toml:4: web.password: the environment variable WEB_PASS"):
        resolve_web_password(loaded, env={})
