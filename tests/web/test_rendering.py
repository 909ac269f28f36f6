"""Pages: language, look, header, static files, and what is said where nothing can be shown."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import structlog
from fastapi import APIRouter, Depends, Request

from phonesync.config.access import AccessConfig
from phonesync.errors import ConfigError, StoreBusy
from phonesync.journal.access import BUILT_IN, Permission, Reader
from phonesync.web import guard, site
from phonesync.web.ground import Ground
from phonesync.web.navigation import PLACES, places_of
from phonesync.web.pages.look import own
from phonesync.web.rendering import page, view_of, zone_of
from phonesync.web.static_files import address_of, by_address
from tests.web.asking import Asker

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ANNA = Reader(
    user_id=1, name="anna", shown_name="Anna <Orlova>", role="employee", permissions=BUILT_IN["employee"]
)


def reader_of(role):
    return replace(ANNA, role=role, permissions=BUILT_IN[role])


@dataclass
class Office:
    """A site whose signed-in reader a test chooses."""

    reader: Any = None
    client: Any = None


@pytest.fixture
def office():
    made = Office()
    config = SimpleNamespace(sites=(SimpleNamespace(timezone="Europe/Moscow"),), access=AccessConfig())
    ground = Ground(
        config=lambda: config,
        store=None,
        clock=SimpleNamespace(now=lambda: NOW, monotonic=lambda: 0.0),
        identify=lambda _request: made.reader,
    )
    app = site.make_site(ground)
    app.include_router(trouble())
    made.client = Asker(app)
    return made


def trouble():
    router = APIRouter()

    @router.get("/mine")
    def mine(request: Request, reader: guard.SignedIn, at: int = 0):
        return page(request, reader, "problem.html", code=404, words="<b>", hint="")

    @router.get("/audit-only")
    def audit_only(reader: Annotated[Reader, Depends(guard.Needs(Permission.AUDIT))]):
        return reader.name

    @router.get("/broken", dependencies=[guard.PUBLIC])
    @router.get("/api/v1/broken", dependencies=[guard.PUBLIC])
    def broken():
        raise ZeroDivisionError("secret")

    @router.get("/busy", dependencies=[guard.PUBLIC])
    def busy():
        raise StoreBusy("The store is locked.", hint="Wait.")

    @router.get("/wrong", dependencies=[guard.PUBLIC])
    def wrong():
        raise ConfigError("since: nonsense.")

    return router


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(office):
    answer = office.client.get("/mine?at=3&q=%2B7")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Fmine%3Fat%3D3%26q%3D%252B7",
    )
    assert office.client.get("/mine", headers={"HX-Request": "true"}).headers["hx-redirect"] == "/sign-in"


def test_a_program_that_is_not_signed_in_gets_a_sentence(office):
    answer = office.client.get("/api/v1/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["title"]) == (404, "Not Found")


def test_what_a_role_may_not_see_is_said_in_the_readers_language(office):
    office.reader = replace(ANNA, language="ru")
    answer = office.client.get("/audit-only", headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "Вам это не видно" in answer.text
    assert '<html lang="ru"' in answer.text
    assert answer.headers["content-language"] == "ru"


def test_what_comes_from_elsewhere_is_escaped(office):
    office.reader = ANNA
    text = office.client.get("/mine").text
    assert "Anna &lt;Orlova&gt;" in text
    assert "<b>" not in text


def test_an_unknown_address_is_said(office):
    answer = office.client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_wrong_value_in_an_address_is_said(office):
    office.reader = ANNA
    answer = office.client.get("/mine?at=x")
    assert answer.status_code == 422
    assert "The address is wrong" in answer.text


def test_a_mistake_of_ours_is_logged_and_shown_without_its_words(office):
    with structlog.testing.capture_logs() as lines:
        answer = office.client.get("/broken")
        told = office.client.get("/api/v1/broken").json()
    assert answer.status_code == 500
    assert "The mistake is ours" in answer.text
    assert "secret" not in answer.text
    assert [(line["event"], line["error"]) for line in lines] == [("page failed", "ZeroDivisionError")] * 2
    assert told["title"] == "Internal Server Error"


def test_what_the_store_cannot_do_now_is_told(office):
    answer = office.client.get("/busy")
    assert (answer.status_code, "The store is busy or away." in answer.text) == (503, True)
    assert "locked" not in answer.text
    answer = office.client.get("/wrong")
    assert (answer.status_code, "since: nonsense." in answer.text) == (400, True)


def test_language_and_look_are_kept_in_the_browser(office):
    answer = office.client.post(
        "/look", data={"language": "ru", "theme": "dark", "next": "/calls?tab=missed"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?tab=missed")
    text = office.client.get("/nowhere").text
    assert '<html lang="ru" data-theme="dark">' in text
    office.client.post("/look", data={"theme": "auto"})
    assert '<html lang="ru">' in office.client.get("/nowhere").text


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_nobody_is_sent_elsewhere(elsewhere):
    assert own(elsewhere) == "/"


def test_static_files_stand_at_addresses_with_their_hash(office):
    for address, file in by_address().items():
        answer = office.client.get(address)
        assert answer.content == file.content
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == file.kind
    plain = office.client.get(address_of("journal.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert office.client.get("/static/journal.css").status_code == 404
    assert office.client.get("/static/../view.py").status_code == 404
    assert office.client.get("/favicon.ico").headers["location"] == address_of("icon.svg")


def test_pages_need_nothing_from_elsewhere_and_no_inline_code(office):
    text = office.client.get("/nowhere").text
    assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", text) == []


def test_each_role_sees_the_places_it_may_go_to():
    everywhere = frozenset(place.address for place in PLACES)
    seen = {role: [place.address for place in places_of(reader_of(role), everywhere)] for role in BUILT_IN}
    assert seen["auditor"] == ["/audit"]
    assert seen["administrator"] == [place.address for place in PLACES]
    assert "/users" not in seen["employee"]
    assert places_of(reader_of("employee"), frozenset({"/audit"})) == ()


def test_the_zone_is_the_readers_else_that_of_the_first_site(office):
    request = Request({"type": "http", "app": office.client.app, "headers": [], "path": "/"})
    assert zone_of(request, None).key == "Europe/Moscow"
    assert zone_of(request, replace(ANNA, timezone="Asia/Omsk")).key == "Asia/Omsk"
    assert view_of(request, replace(ANNA, theme="dark")).theme == "dark"
