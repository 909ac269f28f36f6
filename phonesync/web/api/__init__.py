"""The API: all that pages do, for programs; every address begins with ``/api/v1``."""

from fastapi import APIRouter

from phonesync.web.api import exports

ROUTERS: tuple[APIRouter, ...] = (exports.router,)
"""All of it, in the order in which addresses are looked at."""
