"""The application: two kinds of secret addresses for phones, and beside them the site for people.

``/b/<token>/<file>`` are the phonebooks of a phone, ``/e/<token>/<word>`` its reports. Whoever does not know
a token learns nothing: every other address below ``/b`` and ``/e`` is answered alike, and so is everything
else where there is no site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from phonesync.web.requestline import is_of_phones

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

NOT_HERE = 404


class BookDesk(Protocol):
    """Serves phonebooks, and takes phones' own ones in."""

    async def serve(self, request: Request, *, token: str, file: str) -> Response:
        """Answers GET and HEAD."""
        ...

    async def take(self, request: Request, *, token: str, file: str) -> Response:
        """Answers PUT and POST."""
        ...


class EventDesk(Protocol):
    """Takes reports of phones in."""

    async def receive(self, token: str, word: str, query: bytes, *, peer: str) -> int:
        """Takes one report in.

        Args:
            token: From the address.
            word: From the address.
            query: As sent, with what may not stand in an address percent-encoded.
            peer: Who sent it.

        Returns:
            The status of the answer; 404 for an unknown token or word.
        """
        ...


def make_app(
    *, books: BookDesk | None = None, events: EventDesk | None = None, site: ASGIApp | None = None
) -> ASGIApp:
    """The application over what it serves; what is None is nowhere."""
    phones = _phones(books, events)
    if site is None:
        return phones
    people = site

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_for_phones = is_of_phones(scope.get("path", ""))
        await (phones if is_for_phones else people)(scope, receive, send)

    return app


def _phones(books: BookDesk | None, events: EventDesk | None) -> Starlette:
    routes = []
    if books is not None:
        desk = books

        async def serve(request: Request) -> Response:
            if _is_disguised(request):
                return not_here()
            answer = desk.serve if request.method in ("GET", "HEAD") else desk.take
            return await answer(request, token=request.path_params["token"], file=request.path_params["file"])

        routes.append(Route("/b/{token}/{file}", serve, methods=["GET", "PUT", "POST"]))
    if events is not None:
        inbox = events

        async def receive(request: Request) -> Response:
            if _is_disguised(request):
                return not_here()
            status = await inbox.receive(
                request.path_params["token"],
                request.path_params["word"],
                request.scope["query_string"],
                peer=peer_of(request),
            )
            return plain(status)

        routes.append(Route("/e/{token}/{word}", receive, methods=["GET", "POST"]))
    app = Starlette(routes=routes, exception_handlers={404: _not_here, 405: _not_here})
    app.router.redirect_slashes = False
    return app


def plain(status: int, *, headers: dict[str, str] | None = None) -> Response:
    """An answer without content of its own."""
    more = {"Cache-Control": "no-store", **(headers or {})}
    return Response(b"", status_code=status, headers=more)


def not_here() -> Response:
    """What every unknown address is answered."""
    return plain(NOT_HERE)


def peer_of(request: Request) -> str:
    """The address of whoever asked; behind a trusted proxy, of whom it asks for."""
    return request.client.host if request.client is not None else ""


def _is_disguised(request: Request) -> bool:
    """Whether the path hides a sign: ours need none of that, so it is a slash or dots or a guess."""
    return b"%" in request.scope["raw_path"]


async def _not_here(_request: Request, _error: Exception) -> Response:
    return not_here()
