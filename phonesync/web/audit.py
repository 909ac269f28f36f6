"""Noting who saw, exported, changed or listened to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonesync.journal.acts import ACTIONS
from phonesync.store.access.records import Act
from phonesync.web.app import peer_of
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader


def note(
    request: Request,
    reader: Reader | None,
    action: str,
    object: str | None = None,  # noqa: A002  what it was done to
    **detail: object,
) -> None:
    """Adds a line to the audit log; call it before what it tells of is handed out.

    Args:
        request: What was asked.
        reader: Who asked, or None for nobody who is signed in.
        action: One of :data:`phonesync.journal.acts.ACTIONS`.
        object: What it was done to: the id of a call, the name of a user or file.
        detail: Further values that JSON can hold. Never a password, secret, token or number of anybody.

    Raises:
        StoreError: It could not be noted; then what it tells of must not be done.
    """
    assert action in ACTIONS, f"{action} stands not in phonesync.journal.acts."
    act = Act(
        user=None if reader is None else reader.name,
        peer=peer_of(request),
        action=action,
        object=object,
        detail=detail,
    )
    ground_of(request).store.note_act(act)
