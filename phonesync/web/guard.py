"""The rule of each route: which permissions it needs. A site with a route that has none is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from phonesync.journal.access import Permission, Reader
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant


class NotSignedIn(Exception):
    """Nobody is signed in, or the session has ended."""


class NotAllowed(Exception):
    """Whoever is signed in may not do this.

    Attributes:
        needed: One of these permissions is needed.
    """

    def __init__(self, needed: frozenset[Permission]) -> None:
        super().__init__(", ".join(sorted(needed)))
        self.needed = needed


class Needs:
    """Whoever asks must be signed in and hold at least one of some permissions.

    Attributes:
        any_of: The permissions; empty where being signed in is enough.
    """

    def __init__(self, *any_of: Permission) -> None:
        self.any_of = frozenset(any_of)

    def __call__(self, request: Request) -> Reader:
        """The reader.

        Raises:
            NotSignedIn: Nobody is signed in.
            NotAllowed: None of the permissions is held.
        """
        reader = ground_of(request).identify(request)
        if reader is None:
            raise NotSignedIn
        if self.any_of and not self.any_of & reader.permissions:
            raise NotAllowed(self.any_of)
        return reader


class Public:
    """Everybody may ask: the route says so, and nothing of anybody can be seen on it."""

    def __call__(self) -> None:
        """Asks for nothing."""


PUBLIC = Depends(Public())
"""For ``dependencies`` of a route for everybody."""

CALL_READERS = (Permission.OWN_CALLS, Permission.DEPARTMENT_CALLS, Permission.ALL_CALLS)
"""Whoever may see some call; which ones, the scope says in each query."""

SignedIn = Annotated[Reader, Depends(Needs())]
CallReader = Annotated[Reader, Depends(Needs(*CALL_READERS))]


def rules(*routers: APIRouter) -> Iterator[tuple[APIRoute, Needs | Public]]:
    """Every route of some routers with its rule.

    Args:
        routers: They include no others: their routes could not be seen here.

    Raises:
        AssertionError: A route has none, or several.
    """
    for route in (one for router in routers for one in router.routes):
        assert isinstance(route, APIRoute), f"{route!r} is no route of an endpoint."
        found = [one for one in _called(route.dependant) if isinstance(one, Needs | Public)]
        assert len(found) == 1, f"{route.path} must have one rule (phonesync.web.guard), not {len(found)}."
        yield route, found[0]


def _called(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _called(one)
