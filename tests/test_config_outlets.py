"""The tables of what leads out of the journal."""

from datetime import timedelta

import pytest

from phonesync import config
from phonesync.config.outlets import filled
from phonesync.errors import ConfigError

SITE = '[site]\nname = "Office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\nextension_length = 3\n'


@pytest.fixture
def load(tmp_path):
    def read(text):
        path = tmp_path / "config.toml"
        path.write_text(text + SITE, encoding="utf-8")
        return config.load(path, env={}).outlets

    return read


def test_every_key_is_read(load):
    found = load(
        '[export]\nfolder = "out"\nkeep = "2d"\n[crm]\nlink = "https://crm.example/f?n={number}&x={name}"\n'
        '[recordings]\nlink = "https://pbx.example/r/{unique_id}"\nfolder = "rec"\ntimezone = "Asia/Omsk"\n'
    )
    assert (found.export.folder, found.export.keep) == ("out", timedelta(days=2))
    assert (found.recordings.folder, found.recordings.timezone) == ("rec", "Asia/Omsk")
    assert found.recordings.link == "https://pbx.example/r/{unique_id}"
    assert found.crm.link == "https://crm.example/f?n={number}&x={name}"


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("crm.example/{number}", "must begin with https:// or http://"),
        ("javascript:alert({number})", "must begin with https:// or http://"),
        ("https://{number}.example/", "fields stand behind it"),
        ("https://crm.example/", "must hold a field, for example {number}."),
        ("https://crm.example/{numbr}", 'unknown field "numbr"; did you mean "number"?'),
        ("https://crm.example/{number", "has a brace that is not closed"),
        ("https://crm.example/{number!r}", "their names alone in braces"),
        ("https://crm.example/{number:>99}", "their names alone in braces"),
    ],
)
def test_an_address_that_cannot_be_filled_in_is_refused(load, link, sentence):
    with pytest.raises(ConfigError, match=r"crm\.link") as raised:
        load(f'[crm]\nlink = "{link}"\n')
    assert sentence in str(raised.value)


def test_fields_are_percent_encoded_and_an_unknown_one_gives_no_address():
    link = "https://crm.example/f?n={number}&x={name}"
    assert filled(link, {"number": "+74955550101", "name": "О&М / ?#"}) == (
        "https://crm.example/f?n=%2B74955550101&x=%D0%9E%26%D0%9C%20%2F%20%3F%23"
    )
    assert filled(link, {"number": "+74955550101", "name": None}) is None
