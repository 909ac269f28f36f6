"""All methods of the store that are about access, as one part."""

from __future__ import annotations

from phonesync.store.access.audit import AuditPart
from phonesync.store.access.sessions import SessionsPart
from phonesync.store.access.tokens import TokensPart
from phonesync.store.access.users import UsersPart


class AccessPart(UsersPart, SessionsPart, TokensPart, AuditPart):
    """Users, sessions, links, tokens, and the audit log."""
