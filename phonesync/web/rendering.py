"""Pages out of templates: in the reader's language and zone, with everything from elsewhere escaped."""

from __future__ import annotations

from functools import cache, partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from phonesync.calls.sentences import is_plain
from phonesync.journal.access import Permission, Reader
from phonesync.web import browsers, languages, static_files
from phonesync.web.call_rows import as_dialled, tag_name
from phonesync.web.dial_offers import is_offered
from phonesync.web.ground import ground_of
from phonesync.web.navigation import places_of
from phonesync.web.view import THEMES, View
from phonesync.web.words import FIELDS, LISTS, OUTCOMES, PERMISSIONS, ROLES

LANGUAGE_COOKIE = "phonesync-language"
THEME_COOKIE = "phonesync-theme"


def page(
    request: Request,
    reader: Reader | None,
    name: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page.

    Args:
        request: Who asks, and where.
        reader: Who is signed in, or None.
        name: Of the template.
        status: Of the answer.
        headers: More of them.
        values: What the template speaks of, besides ``view``, ``reader``, ``places``, ``addresses``,
            ``path``, ``here``, ``dials`` and the function ``may``.
    """
    view = view_of(request, reader)
    text = (
        environment(view.language)
        .get_template(name)
        .render(
            view=view,
            reader=reader,
            places=() if reader is None else places_of(reader, request.app.state.addresses),
            addresses=request.app.state.addresses,
            path=request.url.path,
            here=here(request),
            dials=is_offered(ground_of(request), reader),
            may=lambda word: reader is not None and reader.may(Permission(word)),
            **values,
        )
    )
    more = {"Content-Language": view.language, "Vary": "Accept-Language, Cookie", **(headers or {})}
    return HTMLResponse(text, status_code=status, headers=more)


def view_of(request: Request, reader: Reader | None) -> View:
    """How whoever asks sees figures and times."""
    ground = ground_of(request)
    own = (None, None) if reader is None else (reader.language, reader.theme)
    language = languages.chosen(
        (own[0], request.cookies.get(LANGUAGE_COOKIE)), request.headers.get("accept-language", "")
    )
    theme = own[1] or request.cookies.get(THEME_COOKIE)
    return View(
        language=language,
        zone=zone_of(request, reader),
        now=ground.clock.now(),
        theme=theme if theme in THEMES else None,
        texts=languages.translations(language),
    )


def zone_of(request: Request, reader: Reader | None) -> ZoneInfo:
    """The reader's zone: his own, else that of the first site."""
    if reader is not None and reader.timezone is not None:
        return ZoneInfo(reader.timezone)
    sites = ground_of(request).config().sites
    return ZoneInfo(sites[0].timezone if sites else "UTC")


def here(request: Request) -> str:
    """Path and query of what was asked for."""
    query = request.url.query
    return f"{quote(request.url.path)}?{query}" if query else quote(request.url.path)


@cache
def environment(language: str) -> Environment:
    """The templates with the texts of a language."""
    made = Environment(
        loader=FileSystemLoader(languages.LOCALE.with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts = languages.translations(language)
    made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        static=static_files.address_of,
        tag_name=partial(tag_name, translate=texts.gettext),
        outcome_words=OUTCOMES,
        field_words=FIELDS,
        list_words=LISTS,
        is_plain=is_plain,
        as_dialled=as_dialled,
        browser_name=browsers.short,
        role_words=ROLES,
        permission_words=PERMISSIONS,
    )
    return made
