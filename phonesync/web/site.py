"""The site for people and programs: pages, and the API that does all that pages do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from phonesync.web import api, guard, pages, problems

if TYPE_CHECKING:
    from phonesync.web.ground import Ground


ROUTERS = (*pages.ROUTERS, *api.ROUTERS)
"""Everything the site answers."""


def make_site(ground: Ground) -> FastAPI:
    """The site over its ground; every route of it has a rule."""
    site = FastAPI(title="phonesync", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    site.state.ground = ground
    # Raises where a route has no rule.
    site.state.addresses = frozenset(route.path for route, _ in guard.rules(*ROUTERS))
    problems.watch(site)
    for router in ROUTERS:
        site.include_router(router)
    return site
