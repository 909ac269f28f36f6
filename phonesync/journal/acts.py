"""What the audit log tells of: one word for each thing that people do."""

from __future__ import annotations

ACTIONS = (
    "sign-in",
    "sign-in.failed",
    "sign-in.locked",
    "sign-out",
    "session.end",
    "password.change",
    "second-factor.on",
    "second-factor.off",
    "account.change",
    "user.add",
    "user.change",
    "user.lock",
    "user.unlock",
    "user.link",
    "token.add",
    "token.revoke",
    "call.view",
    "call.search",
    "number.view",
    "call.change",
    "call.export",
    "call.listen",
    "call.dial",
    "callback.change",
    "delivery.retry",
    "tag.change",
    "filter.change",
    "audit.view",
    "audit.export",
)
"""Every action that is noted; a new one is added here, so that the page of the log can offer it."""
