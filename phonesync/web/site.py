"""The site for people and programs: pages, and the API that does all that pages do."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from phonesync.web import api, guard, listening, pages, problems, seeing
from phonesync.web.access.doorkeeper import Doorkeeper
from phonesync.web.access.provider import Provider
from phonesync.web.access.shield import Shield
from phonesync.web.api_schema import schema_of
from phonesync.web.exporting import ExportDesk
from phonesync.web.lately import Lately
from phonesync.web.rate_limits import Buckets, RateLimits

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from phonesync.web.ground import Ground


ROUTERS = (*pages.ROUTERS, *api.ROUTERS)
"""Everything the site answers."""


class Site(FastAPI):
    """An application behind the shield, its answers to mistakes of ours included."""

    def build_middleware_stack(self) -> ASGIApp:
        """All that a request passes."""
        return Shield(RateLimits(super().build_middleware_stack(), self.state.buckets))


def make_site(ground: Ground) -> FastAPI:
    """The site over its ground; every route of it has a rule."""
    site = Site(title="phonesync", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    site.state.ground = ground
    site.state.doorkeeper = Doorkeeper(ground.clock)
    site.state.buckets = Buckets(ground.clock.monotonic)
    site.state.listened = Lately(ground.clock.monotonic, again_s=listening.AGAIN_S, slides=True)
    site.state.seen = Lately(ground.clock.monotonic, again_s=seeing.AGAIN_S, slides=False)
    site.state.provider = Provider(ground.clock)
    site.state.exports = ExportDesk(ground.config, ground.store, ground.clock)
    # Raises where a route has no rule.
    site.state.addresses = frozenset(route.path for route, _ in guard.rules(*ROUTERS))
    # Made when somebody asks for it first.
    site.state.api_schema = cache(partial(schema_of, *ROUTERS))
    problems.watch(site)
    for router in ROUTERS:
        # Each as it is: including a router has every site work out all routes anew at its first request.
        site.router.routes.extend(router.routes)
    return site
