"""Pages for people, one module for each."""

from fastapi import APIRouter

from phonesync.web.pages import assets, look

ROUTERS: tuple[APIRouter, ...] = (assets.router, look.router)
"""All pages, in the order in which their addresses are looked at."""
