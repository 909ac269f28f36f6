"""Passwords: where they come from, and that they never show."""

import json

import pytest

from phonesync import config
from phonesync.errors import ConfigError

SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'


def phone(number, rest=""):
    return f'[[phone]]\nname = "desk-{number}"\nurl = "http://192.0.2.{number}"\n{rest}\n'


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(*phones, store=""):
        (tmp_path / "config.toml").write_text(store + SITE + "".join(phones), encoding="utf-8")
        return config.load(None, env={})

    return load


def test_a_password_comes_from_the_environment_a_file_or_plain_text(load, tmp_path):
    (tmp_path / "password").write_bytes("sesam öffne dich \r\n".encode())
    loaded = load(
        phone(1, 'password = { env = "PHONE_PASSWORD" }'),
        phone(2, 'password = { file = "password" }'),
        phone(3, 'password = "plain"'),
    )
    found = config.resolve_passwords(loaded, env={"PHONE_PASSWORD": "from env"})
    assert dict(found) == {"desk-1": "from env", "desk-2": "sesam öffne dich ", "desk-3": "plain"}
    assert config.resolve_password(loaded, loaded.phones[2], env={}) == "plain"


def test_a_phone_that_is_never_signed_in_to_needs_no_password(load):
    loaded = load(phone(1, 'driver = "snom"'), phone(2, 'driver = "snom"\npassword = "kept"'), phone(3))
    assert config.resolve_password(loaded, loaded.phones[0], env={}) == ""
    assert config.resolve_password(loaded, loaded.phones[1], env={}) == "kept"
    with pytest.raises(ConfigError, match="password: is missing"):
        config.resolve_passwords(loaded, env={})
    assert dict(config.resolve_passwords(loaded, ["desk-1"], env={})) == {"desk-1": ""}


def test_a_missing_variable_is_no_mistake_until_a_phone_is_read(load):
    loaded = load(phone(1, 'password = { env = "PHONE_PASSWORD" }'))
    with pytest.raises(ConfigError) as raised:
        config.resolve_passwords(loaded, env={})
    assert str(raised.value) == (
        "config.toml:8: password: the environment variable PHONE_PASSWORD is not set (for desk-1)."
    )


def test_all_passwords_that_cannot_be_had_are_told_at_once(load, tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "two").write_text("one\ntwo\n")
    (tmp_path / "latin").write_bytes(b"\xe4")
    loaded = load(
        *(phone(number, 'password = { env = "A" }') for number in range(1, 6)),
        phone(6, 'password = { env = "B" }'),
        phone(7),
        phone(8, 'password = { file = "none" }'),
        phone(9, 'password = { file = "." }'),
        phone(10, 'password = { file = "empty" }'),
        phone(11, 'password = { file = "two" }'),
        phone(12, 'password = { file = "latin" }'),
        phone(13, 'password = { env = "C" }\nenabled = false'),
    )
    with pytest.raises(ConfigError) as raised:
        config.resolve_passwords(loaded, env={"B": ""})
    assert [str(problem) for problem in raised.value.problems] == [
        "config.toml:8: password: the environment variable A is not set (for desk-1, desk-2, desk-3 and 2 more).",
        "config.toml:28: password: the environment variable B is empty (for desk-6).",
        'config.toml:29: password: is missing; add password = { env = "PHONE_PASSWORD" } (for desk-7).',
        f"config.toml:36: password: the password file {tmp_path}/none does not exist (for desk-8).",
        f"config.toml:40: password: the password file {tmp_path} cannot be read: Is a directory (for desk-9).",
        f"config.toml:44: password: the password file {tmp_path}/empty must hold one line: the password (for desk-10).",
        f"config.toml:48: password: the password file {tmp_path}/two must hold one line: the password (for desk-11).",
        f"config.toml:52: password: the password file {tmp_path}/latin is not UTF-8 text (for desk-12).",
    ]


def test_only_the_named_phones_need_their_passwords(load):
    loaded = load(phone(1, 'password = { env = "A" }'), phone(2, 'password = { env = "B" }'))
    assert dict(config.resolve_passwords(loaded, ["desk-2"], env={"B": "sesame"})) == {"desk-2": "sesame"}
    with pytest.raises(ConfigError, match="Unknown phone"):
        config.resolve_passwords(loaded, ["desk-3"], env={})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('""', "is empty"),
        ("1234", "must be a table"),
        ('{ secret = "" }', 'secret must be text in quotes, for example { secret = "phones" }'),
        ('{ secret = "a", env = "A" }', "must name exactly one source"),
        ('{ envv = "A" }', 'unknown key "envv"; did you mean "env"?'),
        ('{ env = "A", file = "b" }', "must name exactly one source"),
        ("{ }", "must name exactly one source"),
        ("{ env = 3 }", "env must be text in quotes"),
        ('{ file = "" }', "file must be text in quotes"),
    ],
)
def test_a_wrong_source_is_told_without_its_value(load, value, message):
    with pytest.raises(ConfigError) as raised:
        load(phone(1, f"password = {value}"))
    (problem,) = raised.value.problems
    assert problem.key == "phone[1].password"
    assert message in problem.message
    assert "1234" not in problem.message


def test_the_store_takes_a_password_the_same_way(load):
    loaded = load(store='[store]\nurl = "postgresql://u@h/d"\npassword = { env = "DB" }\n')
    assert loaded.store.password is not None
    assert loaded.store.password.name == "DB"


def test_the_password_of_the_store_is_found_as_a_phone_s_is(load, tmp_path):
    url = '[store]\nurl = "postgresql://u@h/d"\n'
    assert config.resolve_store_password(load(store=url), env={}) == ""
    in_env = load(store=url + 'password = { env = "DB" }\n')
    assert config.resolve_store_password(in_env, env={"DB": "sesame"}) == "sesame"
    with pytest.raises(ConfigError) as raised:
        config.resolve_store_password(in_env, env={})
    (problem,) = raised.value.problems
    assert str(problem) == "config.toml:3: store.password: the environment variable DB is not set."


def test_plain_text_works_with_one_warning(load):
    loaded = load(
        phone(1, 'password = "sesame"'),
        phone(2, 'password = "sesame"'),
        store='[store]\npassword = "sesame"\n',
    )
    (warning,) = loaded.warnings
    assert warning == (
        "config.toml:2: the password of the store and 2 more stands in plain text; "
        'better write { secret = "NAME" }, { env = "NAME" } or { file = "PATH" }.'
    )


def test_the_secret_of_an_identity_provider_is_warned_about_too(load):
    oidc = '[oidc]\nissuer = "https://id.example"\nclient_id = "x"\nclient_secret = {}\n'
    (warning,) = load(phone(1), store=oidc.format('"sesame"')).warnings
    assert warning.startswith("config.toml:4: the password of the identity provider stands in plain text")
    assert load(phone(1), store=oidc.format('{ env = "X" }')).warnings == ()


def test_a_password_shows_in_no_form_of_the_configuration(load):
    loaded = load(phone(1, 'username = "boss"\npassword = "sesame"'), store='[store]\npassword = "sesame"\n')
    passwords = config.resolve_passwords(loaded, env={})
    forms = (repr(loaded), str(loaded), str(loaded.model_dump()))
    for form in (*forms, repr(passwords), f"{passwords}", "".join(loaded.warnings)):
        assert "sesame" not in form
    assert "boss" not in repr(loaded)
    assert "sesame" not in json.dumps(loaded.phones[0].password.model_dump(mode="json"))
    assert len(passwords) == 1
