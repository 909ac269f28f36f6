"""No route of the site without a rule, and nobody behind a rule he does not meet."""

import pytest
from fastapi import APIRouter

from phonesync.journal.access import Permission
from phonesync.web import guard


def router_with(*endpoints):
    router = APIRouter()
    for number, endpoint in enumerate(endpoints):
        router.get(f"/{number}", dependencies=[guard.PUBLIC] if endpoint is open_to_all else [])(endpoint)
    return router


def open_to_all() -> str:
    return "open"


def without_rule() -> str:
    return "oh"


def for_auditors(reader: guard.SignedIn) -> str:
    return reader.name


def test_every_route_tells_its_rule():
    found = [rule for _, rule in guard.rules(router_with(open_to_all, for_auditors))]
    assert isinstance(found[0], guard.Public)
    assert isinstance(found[1], guard.Needs)


def test_a_route_without_a_rule_is_refused():
    with pytest.raises(AssertionError, match="/0 must have one rule"):
        list(guard.rules(router_with(without_rule)))


def test_one_of_several_permissions_is_enough():
    assert guard.Needs(Permission.AUDIT, Permission.USERS).any_of == {Permission.AUDIT, Permission.USERS}
