"""A browser without a screen, for the site in this process: it keeps cookies and follows nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

BASE = "http://phonesync.test"


class Asker:
    """Asks an application.

    Args:
        app: An ASGI application.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def ask(self, method: str, address: str, **keys: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.9", 1))
            async with httpx.AsyncClient(
                transport=transport, base_url=BASE, cookies=self.cookies, headers={"Origin": BASE}
            ) as client:
                keys["headers"] = {"Origin": BASE, **keys.get("headers", {})}
                answer = await client.request(method, address, **keys)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())

    def get(self, address: str, **keys: Any) -> httpx.Response:
        return self.ask("GET", address, **keys)

    def post(self, address: str, **keys: Any) -> httpx.Response:
        return self.ask("POST", address, **keys)
