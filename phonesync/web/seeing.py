"""Who saw what: cards that are opened and lists that are searched, each noted in the audit log.

A page is looked at again and again: rows are opened and closed, a list that is live asks every few seconds,
a program reads page after page. So each is noted once in an hour for each user, address and thing (the card
of a call, that of a number, a list under one filter): an hour tells when somebody looked as well as a log of
every request would, and stays readable. It is an hour and not a session, because a session lasts for days and
tokens have none. What was begun earlier is noted anew when the hour is over, and from another address at
once. New calls that come into an open list by themselves are not noted: whoever has it open sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonesync.errors import StoreError
from phonesync.journal.masking import masked_filter, masked_number
from phonesync.numbering import EXTENSION
from phonesync.web.app import peer_of
from phonesync.web.audit import note
from phonesync.web.lately import Lately

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader
    from phonesync.journal.filters import JournalFilter

AGAIN_S = 3600.0
"""A thing is noted once in so many seconds."""


def saw_call(request: Request, reader: Reader, call_id: str) -> None:
    """A call's card is opened, or its row.

    Raises:
        StoreError: It could not be noted; then it must not be shown.
    """
    _once(request, reader, "call.view", call_id, of=call_id)


def saw_number(request: Request, reader: Reader, party: str, newest: str) -> None:
    """A number's card is opened.

    Whoever reads the log may not be one who sees numbers: a number outside is told by a call with it, which
    those who may see it can open, and with its middle masked.

    Args:
        request: What was asked.
        reader: Who asks.
        party: The number.
        newest: Id of a call with it.

    Raises:
        StoreError: It could not be noted; then it must not be shown.
    """
    said = party if party.startswith(EXTENSION) else masked_number(party)
    _once(request, reader, "number.view", party, of=newest, number=said)


def searched(request: Request, reader: Reader, wanted: JournalFilter, *, place: str = "calls") -> None:
    """A list of calls is looked at under a filter; numbers in it are masked in the log.

    Args:
        request: What was asked.
        reader: Who asks.
        wanted: The filter.
        place: Which list.

    Raises:
        StoreError: It could not be noted; then it must not be shown.
    """
    _once(request, reader, "call.search", (place, wanted), of=place, filter=masked_filter(wanted))


def _once(
    request: Request,
    reader: Reader,
    action: str,
    what: object,
    *,
    of: str,
    **detail: object,
) -> None:
    lately: Lately = request.app.state.seen
    thing = (reader.user_id, peer_of(request), action, what)
    if not lately.is_new(*thing):
        return
    try:
        note(request, reader, action, of, **detail)
    except StoreError:
        lately.forget(*thing)
        raise
