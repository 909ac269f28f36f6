"""Answers that are known already: told by their bytes, parsed only if somebody looks."""

import pytest

from phonesync.driver.contract import PhoneContext
from phonesync.driver.repeated import Repeated, fingerprint
from phonesync.model import PhoneIdentity, Snapshot
from tests.agent.desks import KEPT

IDENTITY = PhoneIdentity(vendor="desk", variant="desk-1")
LISTS = (Snapshot(list_code="1", entries=()), Snapshot(list_code="2", entries=()))


def test_an_answer_is_known_by_every_byte():
    phone = PhoneContext(identity=IDENTITY, variant=KEPT, known=frozenset({fingerprint(b"the lists")}))
    assert phone.knows(b"the lists")
    assert not phone.knows(b"the lists ")
    assert not phone.knows(b"")


def test_nothing_is_known_of_a_phone_that_was_not_read():
    assert not PhoneContext(identity=IDENTITY, variant=KEPT).knows(b"")


def test_known_lists_are_parsed_once_and_only_when_looked_at():
    parsed = []

    def parse():
        parsed.append("once")
        return LISTS

    lists = Repeated(parse)
    assert parsed == []
    assert (tuple(lists), len(lists), lists[1], lists[:1]) == (LISTS, 2, LISTS[1], LISTS[:1])
    assert parsed == ["once"]


def test_what_cannot_be_parsed_again_is_no_empty_list():
    def parse():
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        list(Repeated(parse))
