"""The audit log as auditors read it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from phonesync.journal.access import Permission, Reader
from phonesync.journal.acts import ACTIONS
from phonesync.store.access.records import AuditFilter
from phonesync.web import audit
from phonesync.web.audit_words import ACTION_WORDS, detail_words, object_words
from phonesync.web.ground import ground_of
from phonesync.web.guard import Needs
from phonesync.web.rendering import page, view_of, zone_of

router = APIRouter()
LIMIT = 50

Auditor = Annotated[Reader, Depends(Needs(Permission.AUDIT))]
Text = Annotated[str, Query(max_length=200)]


@router.get("/audit")
def show_audit(
    request: Request,
    reader: Auditor,
    user: Text = "",
    action: Text = "",
    since: Text = "",
    until: Text = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Lines of the log, newest first; looking at it stands in it too."""
    ground = ground_of(request)
    wanted = AuditFilter(
        user=user.strip().casefold() or None,
        action=action if action in ACTIONS else None,
        since=_instant(request, reader, since),
        until=_instant(request, reader, until),
    )
    audit.note(request, reader, "audit.view")
    found = ground.store.audit_page(wanted, before=before, limit=LIMIT + 1)
    translate = view_of(request, reader).texts.gettext
    kept = {"user": user, "action": action, "since": since, "until": until}
    return page(
        request,
        reader,
        "audit.html",
        lines=[
            (
                line,
                object_words(line.action, line.object, translate),
                detail_words(json.loads(line.detail), translate),
            )
            for line in found[:LIMIT]
        ],
        next=found[LIMIT - 1].id if len(found) > LIMIT else None,
        kept=kept,
        actions=ACTIONS,
        action_words=ACTION_WORDS,
    )


def _instant(request: Request, reader: Reader, text: str) -> datetime | None:
    """What a field for a day and time holds, in the reader's zone; None for nothing or rubbish."""
    try:
        shown = datetime.fromisoformat(text)
        aware = shown if shown.tzinfo is not None else shown.replace(tzinfo=zone_of(request, reader))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
