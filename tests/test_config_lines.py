"""The locator of TOML keys, held against texts whose lines are known."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.config.lines import Lines

TEXT = r"""# a comment with [brackets] and "quotes
title = "one # no comment"  # a comment

[store]
url = QQQ
[[phone]]
name = "not a table"
QQQ
raw_days = 90
[ site . "head office" ]
zone = 'it"s'
[[phone]]
name = "first"
password = { env = "A", nested = { deep = 1 } }
lines.1 = "101"
lines."2.5" = "102"
[phone.quirks]
type_2 = "missed"

  [[phone]]
name = "second"
list = [
  1, # [ not a table
  { inner = "x" },
  QQQ]
  QQQ,
]
after = 1979-05-27 07:32:00
[[phone.child]]
a = 1
[[phone.child]]
a = 2
""".replace("QQQ", '"' * 3)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("store",), 4),
        (("store", "url"), 5),
        (("store", "raw_days"), 9),
        (("site",), 10),
        (("site", "head office", "zone"), 11),
        (("phone", 0), 12),
        (("phone", 0, "name"), 13),
        (("phone", 0, "password", "env"), 14),
        (("phone", 0, "password", "nested", "deep"), 14),
        (("phone", 0, "lines"), 15),
        (("phone", 0, "lines", "1"), 15),
        (("phone", 0, "lines", "2.5"), 16),
        (("phone", 0, "quirks"), 17),
        (("phone", 0, "quirks", "type_2"), 18),
        (("phone", 1), 20),
        (("phone", 1, "name"), 21),
        (("phone", 1, "list", 0), 23),
        (("phone", 1, "list", 1, "inner"), 24),
        (("phone", 1, "list", 2), 25),
        (("phone", 1, "after"), 28),
        (("phone", 1, "child", 0, "a"), 30),
        (("phone", 1, "child", 1), 31),
        (("phone", 1, "child", 1, "a"), 32),
    ],
)
def test_every_key_is_found_on_its_line(path, line):
    tomllib.loads(TEXT)
    assert Lines(TEXT).of(path) == line


def test_a_missing_key_is_found_where_its_table_begins():
    lines = Lines(TEXT)
    assert lines.of(("phone", 1, "url")) == 20
    assert lines.of(("phone", 0, "password", "file")) == 14
    assert lines.of(("nowhere", 3)) == 1


def test_line_ends_of_windows_count_as_one():
    assert Lines("a = 1\r\n\r\n[b]\r\nc = '''x\r\ny'''\r\nd = 2\r\n").of(("b", "d")) == 6


@pytest.mark.parametrize(
    "value",
    [
        '"\\""',
        "'''a''b'''",
        '"""a\\"""b"""',
        '""""two" quotes"""',
        "''''x''''",
        '""',
        "''",
        '"""a"""""',
        "[]",
        "{}",
    ],
)
def test_no_kind_of_string_hides_the_next_line(value):
    text = f"a = {value}\nb = 1\n"
    tomllib.loads(text)
    assert Lines(text).of(("b",)) == 2


keys = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6),
)
tables = st.dictionaries(keys, st.integers(0, 3), max_size=4)


def quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


VALUES = ("{0}", '"""\n[x]\n= "\n{0}"""', '[ # ]\n  "{0}",\n]', '{{ "in side" = {0} }}')


@given(content=st.lists(st.tuples(keys, st.booleans(), tables), max_size=6, unique_by=lambda table: table[0]))
def test_lines_are_right_for_any_tables(content):
    """Writes tables of every kind of value, and remembers on which line each key was written."""
    text, expected = "", {}
    for name, repeated, table in content:
        for position in range(2 if repeated else 1):
            text += "\n# [a] = comment\n"
            path = (name, position) if repeated else (name,)
            expected[path] = text.count("\n") + 1
            text += f"[[{quoted(name)}]]\n" if repeated else f"[ {quoted(name)} ] # [b]\n"
            for key, kind in table.items():
                expected[*path, key] = text.count("\n") + 1
                text += f"{quoted(key)} = {VALUES[kind].format(7)}\n"
    tomllib.loads(text)
    lines = Lines(text)
    assert {path: lines.of(path) for path in expected} == expected
