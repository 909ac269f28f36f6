"""Pages for people, one module for each."""

from fastapi import APIRouter

from phonesync.web.pages import (
    account,
    api_docs,
    assets,
    audit,
    call_card,
    callbacks,
    calls,
    code,
    dial,
    exports,
    health,
    look,
    marks,
    outlets,
    provider,
    sign_in,
    status,
    users,
    why,
)

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    look.router,
    sign_in.router,
    calls.router,
    call_card.router,
    exports.router,
    status.router,
    outlets.router,
    api_docs.router,
    health.router,
    why.router,
    code.router,
    account.router,
    users.router,
    audit.router,
    marks.router,
    callbacks.router,
    dial.router,
    provider.router,
)
"""All pages, in the order in which their addresses are looked at."""
