"""How rows show the number of one party."""

from phonesync.calls.pieces import view
from phonesync.calls.shown_numbers import spell_otherwise
from phonesync.calls.values import Knowledge
from tests.calls.rows import missed, placed


def test_only_numbers_of_one_party_are_shown_otherwise():
    def seen(row):
        return view(row, Knowledge())

    one = seen(missed("101", 0, 10))
    other = seen(missed("102", 0, 10, number="84955550101"))
    dialled = seen(placed("103", "ext:101", 0, 10))
    assert spell_otherwise([one], [other])
    assert not spell_otherwise([one], [other, seen(missed("103", 0, 10))])
    assert not spell_otherwise([one], [dialled])
