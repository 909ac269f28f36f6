"""The tables [[cdr]]: what they may hold, and what is said about what they may not."""

from datetime import timedelta
from pathlib import Path

import pytest

from phonesync import config
from phonesync.errors import ConfigError

SITE = '[[site]]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
CDR = '[[cdr]]\nname = "pbx"\nkind = "asterisk"\npath = "Master.csv"\n'
CSV = '[[cdr]]\nname = "pbx"\nkind = "csv"\npath = "calls.csv"\n'
COLUMNS = 'columns = { start = "Time", src = "From", dst = "To" }\n'


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


def test_name_kind_and_path_are_enough(load):
    loaded = load(SITE + CDR)
    (record,) = loaded.cdr
    assert (record.every, record.utc, record.keys, record.site) == (
        timedelta(minutes=1),
        False,
        None,
        "Head office",
    )
    assert loaded.cdr_of("pbx") is record
    assert loaded.site_named("Head office").timezone == "Europe/Moscow"


def test_every_key_is_read(load):
    more = 'every = "5m"\nsite = "Head office"\ntimezone = "Asia/Omsk"\nkeys = "Keys"\ndelimiter = ";"\n'
    more += 'encoding = "cp1251"\ntime_format = "%d.%m.%Y %H:%M:%S"\n'
    (record,) = load(SITE + CSV + COLUMNS + more).cdr
    assert (record.every, record.timezone, record.keys) == (timedelta(minutes=5), "Asia/Omsk", "Keys")
    assert (record.delimiter, record.encoding, record.time_format) == (";", "cp1251", "%d.%m.%Y %H:%M:%S")
    assert record.columns == {"start": "Time", "src": "From", "dst": "To"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CDR.replace("[[cdr]]", "[cdr]"), "must be written [[cdr]], in double brackets, once for each record of a switch."),
        (CDR.replace("asterisk", "asterix"), 'unknown kind of record "asterix"; did you mean "asterisk"?'),
        (CDR + CDR, '"pbx" stands at config.toml:6 already; each record needs its own.'),
        (CDR + 'site = "Hed office"\n', 'unknown site "Hed office"; did you mean "Head office"?'),
        (CDR + 'timezone = "Europe/Moskow"\n', 'unknown time zone "Europe/Moskow"; did you mean "Europe/Moscow"?'),
        (CDR + 'utc = true\ntimezone = "Asia/Omsk"\n', "stands beside utc = true; keep one of the two."),
        (CSV, "lacks start and src and dst, which every line must have."),
        (CSV + 'columns = { start = "a", src = "b" }\n', "lacks dst, which every line must have."),
        (CDR + 'columns = { strat = "a" }\n', 'unknown key "strat"; did you mean "start"?'),
        (CDR + 'columns = { keys = "a" }\nkeys = "b"\n', "stands in columns too; keep one of the two."),
        (CDR + "columns = 1\n", "must be a table"),
        (CDR + 'time_format = "%H:%M"\n', '"%H:%M" lacks the date or the time'),
        (CDR + 'time_format = "%Q"\n', "is no format of a time"),
        (CDR + 'delimiter = "::"\n', "must be one character"),
        (CDR + 'encoding = "latin-99"\n', 'unknown encoding "latin-99"'),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence(problems, text, problem):
    found = problems(text)
    assert any(problem in one for one in found), found


def test_with_several_sites_each_record_names_its_own(problems):
    other = SITE.replace("Head office", "Branch")
    assert problems(other + CDR) == [
        "9: cdr[1].site: is missing; with several sites each record names its own: Head office, Branch."
    ]


def test_a_time_may_lack_seconds_and_may_be_seconds(load):
    assert load(SITE + CDR + 'time_format = "%d.%m.%y %H:%M"\n').cdr[0].time_format == "%d.%m.%y %H:%M"
    assert load(SITE + CDR + 'time_format = "epoch"\n').cdr[0].time_format == "epoch"


@pytest.mark.parametrize("name", ["px", "nothing like it"])
def test_an_unknown_name_is_told_with_the_nearest_right_one(load, name):
    with pytest.raises(ConfigError, match="nknown record of a switch"):
        load(SITE + CDR).cdr_of(name)
    with pytest.raises(ConfigError, match="nknown site"):
        load(SITE + CDR).site_named(name)
