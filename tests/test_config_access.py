"""``[journal]``, ``[[role]]`` and ``[oidc]``: every mistake at once, each with the nearest right word."""

from datetime import timedelta

import pytest

from phonesync import config
from phonesync.errors import ConfigError
from phonesync.journal.access import BUILT_IN, Permission

SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
OIDC = (
    '[oidc]\nissuer = "https://id.example.org/"\nclient_id = "phonesync"\nclient_secret = { env = "OIDC" }\n'
)


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "config.toml"
        path.write_text(SITE + text, encoding="utf-8")
        return config.load(path, env={})

    return load


def test_without_a_word_the_journal_is_there_with_the_usual_roles(load):
    access = load("").access
    assert access.journal.enabled
    assert access.journal.session_idle == timedelta(hours=12)
    assert access.oidc is None
    assert access.permissions == BUILT_IN


def test_roles_stand_beside_the_usual_ones(load):
    access = load('[[role]]\nname = "boss"\npermissions = ["calls.all", "numbers"]\n').access
    assert access.permissions["boss"] == {Permission.ALL_CALLS, Permission.NUMBERS}
    assert set(access.permissions) == {*BUILT_IN, "boss"}


def test_a_provider_is_read(load):
    loaded = load(OIDC + 'roles_claim = "groups"\nroles = { "a" = "head" }\nrole = "employee"\n')
    assert loaded.access.oidc.issuer == "https://id.example.org"
    assert dict(loaded.access.oidc.roles) == {"a": "head"}
    assert config.resolve_provider_secret(loaded, env={"OIDC": "sesame"}) == "sesame"
    with pytest.raises(ConfigError, match="OIDC is not set"):
        config.resolve_provider_secret(loaded, env={})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[journal]\nfailures = 0\nlocked = "soon"\n',
            ("journal.failures: must be from 1 to 100", "journal.locked"),
        ),
        ('[journal]\nsession_idle = "9d"\n', ("longer than session_end",)),
        ('[[role]]\nname = "head"\npermissions = []\n', ("give yours another name",)),
        (
            '[[role]]\nname = "a"\npermissions = ["call.all", "exprt"]\n[[role]]\nname = "a"\npermissions = "x"\n',
            ('did you mean "calls.all"?', 'did you mean "export"?', "stands at", "must be a list of texts"),
        ),
        ('[role]\nname = "a"\n', ("in double brackets",)),
        (
            '[oidc]\nissuer = "http://id.example.org"\n',
            ("must begin with https://", "oidc.client_id", "client_secret: is missing"),
        ),
        (OIDC.replace("org/", "org/?a=b"), ("must end after its path",)),
        (
            OIDC + 'role = "hed"\nroles = { "a" = "bos" }\n',
            ('did you mean "head"?', 'unknown role "bos"', "needs roles_claim"),
        ),
    ],
)
def test_mistakes_are_told_all_at_once(load, text, said):
    with pytest.raises(ConfigError) as caught:
        load(text)
    for one in said:
        assert one in str(caught.value)
