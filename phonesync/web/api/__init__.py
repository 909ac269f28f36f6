"""The API: all that pages do, for programs; every address begins with ``/api/v1``."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
"""All of it, in the order in which addresses are looked at."""
