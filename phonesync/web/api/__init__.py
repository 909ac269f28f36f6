"""The API: all that pages do, for programs; every address begins with ``/api/v1``."""

from fastapi import APIRouter

from phonesync.web.api import (
    access,
    callbacks,
    calls,
    deliveries,
    dial,
    exports,
    marks,
    phones,
    recordings,
    schema,
)

ROUTERS: tuple[APIRouter, ...] = (
    calls.router,
    exports.router,
    access.router,
    marks.router,
    callbacks.router,
    dial.router,
    schema.router,
    phones.router,
    deliveries.router,
    recordings.router,
)
"""All of it, in the order in which addresses are looked at."""
