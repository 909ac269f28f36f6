"""The tables ``[[group]]`` and ``[callbacks]``: what they may hold, and what is said about what they may not."""

import re
from datetime import date, timedelta

import pytest

from phonesync import config
from phonesync.calls.values import Group, Ringing
from phonesync.errors import ConfigError

SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
PHONES = "".join(
    f'[[phone]]\nname = "desk-{n}"\nurl = "http://192.0.2.{n}"\nextension = "{n}"\n' for n in (101, 102, 103)
)
GROUP = '[[group]]\nname = "Sales"\nmembers = ["101", "102"]\n'


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load(text, rest=SITE + PHONES):
        (tmp_path / "config.toml").write_text(text + rest, encoding="utf-8")
        return config.load(None, env={})

    return load


@pytest.fixture
def problems(load):
    """The problems of a text as ``line key: message``."""

    def problems(text):
        with pytest.raises(ConfigError) as raised:
            load(text)
        assert all(re.fullmatch(r"config\.toml:\d+", problem.where) for problem in raised.value.problems)
        return [f"{p.where.partition(':')[2]} {p.key}: {p.message}" for p in raised.value.problems]

    return problems


def test_groups_are_what_the_joining_of_calls_goes_by(load):
    loaded = load(
        GROUP
        + """[[group]]
name = "Support"
number = "610"
members = ["102", "103", "101"]
ring = "in turn"
step = "15s"
department = "Service"
[[group]]
name = "Room 5"
members = ["102", "103"]
ring = "pickup"
[[group]]
name = "Deputy"
members = ["103", "101"]
ring = "forward"
"""
    )
    assert loaded.groups == (
        Group(name="Sales", members=("101", "102")),
        Group(
            name="Support",
            number="610",
            members=("102", "103", "101"),
            ringing=Ringing.IN_TURN,
            step_s=15.0,
            department="Service",
        ),
        Group(name="Room 5", members=("102", "103"), ringing=Ringing.PICKUP),
        Group(name="Deputy", members=("103", "101"), ringing=Ringing.FORWARD),
    )
    assert loaded.warnings == ()


def test_every_mistake_of_groups_is_told_with_its_line(problems):
    assert problems(
        GROUP
        + """[[group]]
name = "Sales"
members = ["101"]
step = "15s"
[[group]]
members = ["101", "102", "101"]
ring = "in turns"
[[group]]
name = "Odd"
members = "101"
colour = "red"
[[group]]
name = "On"
members = ["101", "102", "103"]
ring = "forward"
[[group]]
name = "Late"
members = ["101", "102"]
ring = "forward"
step = "75s"
"""
    ) == [
        '5 group[2].name: "Sales" stands at config.toml:2 already; each group needs its own.',
        "6 group[2].members: must have at least two extensions.",
        '7 group[2].step: is for groups that ring in turn, and for forwards: ring = "in turn" or "forward".',
        "8 group[3].name: is missing; required here: name, members.",
        '9 group[3].members: has "101" twice.',
        '10 group[3].ring: unknown way to ring "in turns"; did you mean "in turn"?',
        '13 group[4].members: must be a list of extensions in quotes, for example ["101", "102"].',
        '14 group[4].colour: unknown key "colour"; known: department, members, name, number, ring, step.',
        "17 group[5].members: must be two extensions: who sends calls on, and to whom.",
        "23 group[6].step: must be 1m at most where calls are sent on.",
    ]


@pytest.mark.parametrize("value", ["{}", "3", '"Sales"'])
def test_groups_stand_in_double_brackets(problems, value):
    assert problems(f"group = {value}\n") == [
        "1 group: must be written [[group]], in double brackets, once for each group."
    ]


def test_an_extension_that_no_phone_has_is_warned_about(load):
    text = '[[group]]\nname = "Sales"\nnumber = "103"\nmembers = [\n"101",\n"1O2",\n]\n'
    assert load(text).warnings == (
        'config.toml:6: no phone has the extension "1O2" of group Sales; did you mean "102"?',
        "config.toml:3: 103, the number of group Sales, is a phone's extension too.",
    )
    (only,) = load(text, rest=SITE).warnings
    assert "no [[phone]] is listed" in only


def test_without_the_table_all_time_counts(load):
    callbacks = load("").callbacks
    assert callbacks.target == timedelta(minutes=30)
    assert callbacks.window == timedelta(minutes=5)
    assert not callbacks.internal
    assert callbacks.working_hours.on(date(2026, 3, 1)) == ((0, 1440),)


def test_working_hours_are_read_for_each_weekday(load):
    callbacks = load(
        """[callbacks]
target = "2h"
window = "90s"
internal = true
hours = { monday-thursday = "09:00-18:00", friday = ["14:00-17:00", "9:00 – 13:00"], sunday = "20:00-24:00" }
holidays = [2026-03-04]
"""
    ).callbacks
    assert (callbacks.target, callbacks.window) == (timedelta(hours=2), timedelta(seconds=90))
    assert callbacks.internal
    hours = callbacks.working_hours
    assert [hours.on(date(2026, 3, day)) for day in range(2, 9)] == [
        ((540, 1080),),
        ((540, 1080),),
        (),
        ((540, 1080),),
        ((540, 780), (840, 1020)),
        (),
        ((1200, 1440),),
    ]


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ('{ mondy = "09:00-18:00" }', '"mondy" is no weekday; did you mean "monday"?'),
        (
            '{ friday-monday = "09:00-18:00" }',
            '"friday-monday" must be a weekday, or two in their order like monday-friday.',
        ),
        (
            '{ monday-tuesday-friday = "09:00-18:00" }',
            '"monday-tuesday-friday" must be a weekday, or two in their order like monday-friday.',
        ),
        ("{ monday = 9 }", 'monday must be a text like "09:00-18:00", or a list of such texts.'),
        ('{ monday = "9-18" }', '"9-18" is no span of hours like "09:00-18:00".'),
        ('{ monday = "09:60-18:00" }', '"09:60-18:00" holds a time that no clock shows; the last is 24:00.'),
        ('{ monday = "09:00-24:01" }', '"09:00-24:01" holds a time that no clock shows; the last is 24:00.'),
        (
            '{ monday = "22:00-06:00" }',
            '"22:00-06:00" must end after it begins; write what goes on after midnight on its day.',
        ),
        ('{ monday-friday = "09:00-18:00", friday = "09:00-16:00" }', "names friday twice."),
        ('{ monday = ["09:00-18:00", "17:00-19:00"] }', "has spans of monday that overlap."),
        ("{ monday = [] }", "must leave some working time; left out, all time counts."),
        ('"09:00-18:00"', "must be a table of keys and texts, not text."),
    ],
)
def test_wrong_hours_are_told(problems, hours, message):
    assert problems(f"[callbacks]\nhours = {hours}\n") == [f"2 callbacks.hours: {message}"]


@pytest.mark.parametrize("value", ['"2026-01-01"', '["2026-01-01"]', "[2026-01-01T00:00:00]"])
def test_holidays_are_dates(problems, value):
    assert problems(f"[callbacks]\nholidays = {value}\n") == [
        "2 callbacks.holidays: must be a list of dates without quotes, for example [2026-01-01, 2026-05-01]."
    ]
