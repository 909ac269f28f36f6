"""How much of a stretch of time is proven, piece by piece."""

from datetime import UTC, datetime, timedelta

from phonesync.ledger.bars import bar, proven

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shares(*lists, hours=4):
    return [piece.share for piece in bar(lists, START, START + hours * HOUR, pieces=hours)]


def test_a_span_fills_the_pieces_it_covers():
    assert shares([(START, START + 2 * HOUR), (START + 2.5 * HOUR, START + 9 * HOUR)]) == [1.0, 1.0, 0.5, 1.0]
    assert shares([(None, START + HOUR)]) == [1.0, 0.0, 0.0, 0.0]
    assert shares([(START - 9 * HOUR, START - HOUR)]) == [0.0, 0.0, 0.0, 0.0]


def test_lists_count_alike():
    assert shares([(None, START + 4 * HOUR)], []) == [0.5] * 4


def test_nothing_is_said_where_there_is_no_list():
    pieces = bar([], START, START + HOUR, pieces=2)
    assert [(piece.since, piece.until) for piece in pieces] == [
        (START, START + HOUR / 2),
        (START + HOUR / 2, START + HOUR),
    ]
    assert proven(pieces) is None


def test_the_whole_is_the_mean_of_its_pieces():
    assert proven(bar([[(START, START + HOUR)]], START, START + 4 * HOUR, pieces=4)) == 0.25
