"""Pages for people, one module for each."""

from fastapi import APIRouter

from phonesync.web.pages import api_docs, assets, call_card, calls, exports, look, sign_in, why

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    look.router,
    sign_in.router,
    calls.router,
    call_card.router,
    exports.router,
    api_docs.router,
    why.router,
)
"""All pages, in the order in which their addresses are looked at."""
