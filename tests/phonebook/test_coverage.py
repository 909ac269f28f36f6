"""Of last week's entries on a phone, how many show a name."""

import pytest

from phonesync.phonebook.coverage import Wanted, measure, shows_name
from phonesync.phonebook.met import ShownCaller
from tests.phonebook.contacts import PLAN

BOOK = {"+74951234567", "ext:201"}


def row(number, name, rows=1):
    return ShownCaller(number=number, name=name, rows=rows)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("Olga", True),
        (None, False),
        ("", False),
        ("Unknown", False),
        ("84951234567", False),
        ("8 (495) 123-45-67", False),
        ("84951234567@pbx.example", False),
        ("Olga 84951234567", True),
    ],
)
def test_a_name_is_not_the_number_again(name, shows):
    assert shows_name("84951234567", name) is shows


def test_rows_that_show_a_name_are_counted_and_those_that_could():
    found = measure(
        [
            row("84951234567", "Olga", 3),
            row("+74951234567", None, 2),
            row("88121234567", "Trunk name", 4),
            row("88127654321", None, 5),
            row("201", "201", 1),
            row("anonymous", None, 7),
        ],
        BOOK,
        plan=PLAN,
    )
    assert (found.rows, found.named, found.could) == (15, 7, 6)
    assert found.wanted == (
        Wanted(number="88127654321", rows=5, known=False),
        Wanted(number="+74951234567", rows=2, known=True),
        Wanted(number="201", rows=1, known=True),
    )


def test_only_a_few_numbers_are_named():
    rows = [row(f"8812123450{at}", None) for at in range(9)]
    assert len(measure(rows, BOOK, plan=PLAN).wanted) == 5
