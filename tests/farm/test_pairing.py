"""Pairs of rows: counted, and the kindest of what nobody can tell apart."""

from phonesync.farm.pairing import count_pairs, kindest


def test_pairs_are_counted_among_rows_that_both_know():
    truth = {"a": 1, "b": 1, "c": 1, "d": 2, "x": 2}
    stated = {"a": "one", "b": "one", "c": "two", "d": "two", "y": "two"}
    pairs = count_pairs(truth, stated)
    assert (pairs.true, pairs.stated, pairs.right) == (3, 2, 1)
    assert (pairs.precision, pairs.recall) == (1 / 2, 1 / 3)


def test_nothing_stated_is_not_wrong_and_nothing_true_is_not_missed():
    pairs = count_pairs({"a": 1}, {"a": "one"})
    assert (pairs.precision, pairs.recall) == (1.0, 1.0)


def test_rows_that_show_the_same_may_be_exchanged():
    truth = {"a1": 1, "b1": 1, "a2": 2, "b2": 2}
    stated = {"a1": "one", "b2": "one", "a2": "two", "b1": "two"}
    looks = {"a1": "a", "a2": "a", "b1": "b", "b2": "bb"}
    assert count_pairs(kindest(truth, stated, looks), stated).right == 2
    apart = dict.fromkeys(truth) | {row: row for row in truth}
    assert count_pairs(kindest(truth, stated, apart), stated).right == 0


def test_a_crowd_too_large_is_left_as_it_is():
    truth = {f"a{number}": number for number in range(8)}
    stated = dict.fromkeys(truth, "one")
    assert kindest(truth, stated, dict.fromkeys(truth, "same")) == truth
