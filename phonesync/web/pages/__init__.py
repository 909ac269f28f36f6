"""Pages for people, one module for each."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
"""All pages, in the order in which their addresses are looked at."""
