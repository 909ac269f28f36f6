"""Exports by page and API: of what the reader sees, once and in the background, and gone in the end."""

import csv
import io
import json
import threading
from datetime import timedelta

import anyio
import openpyxl
import pytest
import pyzipper

from phonesync.journal.access import BUILT_IN, Permission
from phonesync.web import exporting
from phonesync.web.pages import exports as exports_page
from tests.web.people import OUTSIDERS, REACHED

pytestmark = pytest.mark.anyio

ALL = "period=all"
EXPORTERS = [role for role, rights in BUILT_IN.items() if Permission.EXPORT in rights]


@pytest.fixture
def desk(site):
    found = site.app.state.exports
    found.open()
    yield found
    found.close()


@pytest.fixture
def slowly(monkeypatch):
    """Every export is a long one."""
    monkeypatch.setattr(exports_page, "AT_ONCE", -1)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def digits(call):
    return f"+7{OUTSIDERS[call][1:]}"


async def ended(client, number):
    """The export, once nothing more becomes of it."""
    for _ in range(400):
        found = (await client.get(f"/api/v1/exports/{number}")).json()
        if found["state"] not in ("waiting", "running"):
            return found
        await anyio.sleep(0.02)
    raise AssertionError(found)


@pytest.mark.parametrize("role", EXPORTERS)
async def test_a_short_export_comes_at_once_with_what_the_reader_reaches(site, desk, role):
    async with site.client(role) as client:
        answer = await client.post("/exports", data={"query": ALL, "format": "csv"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="calls-2026-03-02-1400.csv"'
    rows = rows_of(answer.content)
    assert len(rows) == len(REACHED[role])
    numbers = {row[end] for row in rows for end in ("From: number", "To: number")}
    full = {digits(call) for call in REACHED[role]}
    if role == "analyst":
        assert not full & numbers
        assert not [
            value for row in rows for name, value in row.items() if "5550" in value and name != "Call"
        ]
    else:
        assert full == {number for number in numbers if number.startswith("+")}
    assert site.acts()[-1] == (role, "call.export", None)


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
async def test_every_format_comes_with_the_filter(site, desk, form):
    async with site.client("administrator") as client:
        answer = await client.post("/exports", data={"query": f"?{ALL}&tab=outgoing", "format": form})
    assert answer.status_code == 200
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert sheet.max_row == 3
    else:
        assert len(answer.content.splitlines()) == (3 if form == "csv" else 2)


async def test_headings_are_in_the_readers_language(site, desk):
    async with site.client("administrator", headers={"Accept-Language": "ru"}) as client:
        answer = await client.post("/exports", data={"query": ALL, "format": "csv"})
    assert answer.content.decode("utf-8-sig").startswith('"Начало (Europe/Moscow)";"Направление";')


async def test_what_is_wrong_is_said(site, desk):
    async with site.client("administrator") as client:
        for data, sentence in (
            ({"query": "tap=missed"}, "unknown filter"),
            ({"format": "xls"}, "did you mean"),
            ({"password": "short"}, "8 to 255"),
        ):
            answer = await client.post("/exports", data=data)
            assert answer.status_code == 400
            assert sentence in answer.text.replace("&#34;", '"')
        assert (await client.get(f"/api/v1/exports/{2**70}")).status_code == 422
    assert not [act for act in site.acts() if act[1] == "call.export"]


async def test_whoever_may_not_export_cannot(site, desk):
    async with site.client("auditor") as client:
        assert (await client.post("/exports", data={"query": ALL})).status_code == 403
        assert (await client.post("/api/v1/exports", json={})).status_code == 403
        assert (await client.get("/exports")).status_code == 403
    async with site.client() as client:
        assert (await client.post("/exports", data={"query": ALL})).status_code == 303
        assert (await client.post("/api/v1/exports", json={})).status_code == 401


@pytest.mark.usefixtures("slowly")
async def test_a_long_export_is_written_in_the_background_and_is_the_readers_alone(site, desk):
    async with site.client("employee") as client, site.client("administrator") as other:
        answer = await client.post("/exports", data={"query": ALL, "format": "csv"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/exports")
        done = await ended(client, 1)
        assert (done["state"], done["done"], done["total"], done["problem"]) == ("done", 2, 2, None)
        assert (await other.get("/api/v1/exports/1")).status_code == 404
        assert (await other.get("/exports/1/file")).status_code == 404
        assert (await other.post("/exports/1/remove")).status_code == 404
        page = (await client.get("/exports")).text
        assert '/exports/1/file"' in page
        file = await client.get("/exports/1/file")
        assert len(rows_of(file.content)) == 2
        assert "calls-2026-03-02-1400.csv" in file.headers["content-disposition"]
        part = await client.get(done["file"], headers={"Range": "bytes=0-2"})
        assert (part.status_code, part.content) == (206, b"\xef\xbb\xbf")
        assert site.acts()[-3:] == [("employee", "call.export", "1")] * 3
        (kept,) = desk.folder.iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        assert (await client.post("/exports/1/remove")).status_code == 303
        assert list(desk.folder.iterdir()) == []
        assert (await client.get("/exports/1/file")).status_code == 404
        assert "removed" in (await client.get("/exports/list")).text


async def test_a_program_asks_for_an_export_with_a_password(site, desk):
    async with site.client("head") as client:
        wish = {"filter": ALL, "format": "jsonl", "password": "umbrella 7"}
        answer = await client.post("/api/v1/exports", json=wish)
        assert (answer.status_code, answer.headers["location"]) == (202, "/api/v1/exports/1")
        done = await ended(client, 1)
        assert done["filter"] == "period=all"
        file = await client.get(done["file"])
        assert file.headers["content-type"] == "application/zip"
        with pyzipper.AESZipFile(io.BytesIO(file.content)) as zipped:
            zipped.setpassword(b"umbrella 7")
            calls = [json.loads(line) for line in zipped.read("calls.jsonl").splitlines()]
        assert len(calls) == 3
        assert (await client.get("/api/v1/exports")).json() == {"items": [done]}
        assert (await client.delete("/api/v1/exports/1")).status_code == 204
        assert (await client.get("/api/v1/exports/1")).json()["file"] is None
        assert (await client.get("/api/v1/exports/1/file")).status_code == 404
    assert "umbrella" not in str(site.store.audit_page(limit=100))


@pytest.fixture
def halted(monkeypatch):
    """An export goes no further than its first call until it is let go."""
    reached, going = threading.Event(), threading.Event()
    real = exporting.calls_of

    def calls(*args):
        for one in real(*args):
            yield one
            for _ in range(249):
                yield one
            reached.set()
            assert going.wait(10)

    monkeypatch.setattr(exporting, "calls_of", calls)
    monkeypatch.setattr(exporting, "_PROGRESS_S", -1.0)
    yield reached, going
    going.set()


async def test_an_export_can_be_cancelled_while_it_is_written(site, desk, halted):
    reached, going = halted
    async with site.client("administrator") as client:
        await client.post("/api/v1/exports", json={"filter": ALL, "format": "csv"})
        assert reached.wait(10)
        found = (await client.get("/api/v1/exports/1")).json()
        assert (found["state"], found["total"]) == ("running", 4)
        assert "<progress" in (await client.get("/exports/list")).text
        assert (await client.delete("/api/v1/exports/1")).status_code == 204
        going.set()
        await client.post("/api/v1/exports", json={"filter": ALL, "format": "csv"})
        assert (await ended(client, 2))["state"] == "done"
        assert (await client.get("/api/v1/exports/1")).json()["state"] == "cancelled"
    assert len(list(desk.folder.iterdir())) == 1


async def test_only_so_many_can_wait(site, desk, halted):
    async with site.client("administrator") as client:
        answers = [(await client.post("/api/v1/exports", json={})).status_code for _ in range(6)]
    assert answers == [202] * 5 + [429]


async def test_an_end_of_the_program_fails_what_is_open(site, desk, halted):
    reached, going = halted
    async with site.client("administrator") as client:
        await client.post("/api/v1/exports", json={"filter": ALL})
        await client.post("/api/v1/exports", json={"filter": ALL})
        assert reached.wait(10)
        desk._ending.set()
        going.set()
        desk.close()
        found = [(await client.get(f"/api/v1/exports/{number}")).json() for number in (1, 2)]
        assert [one["state"] for one in found] == ["failed"] * 2
        assert "ended before this was written" in found[0]["problem"]
        assert "ended before this was written" in (await client.get("/exports")).text
    assert list(desk.folder.iterdir()) == []


async def test_a_file_that_cannot_be_written_is_said(site, desk):
    desk.folder.write_text("a file where the folder is to be")
    async with site.client("administrator") as client:
        await client.post("/api/v1/exports", json={"filter": ALL})
        failed = await ended(client, 1)
    assert (failed["state"], failed["file"]) == ("failed", None)
    assert "could not be written" in failed["problem"]


async def test_files_go_after_some_days_and_so_does_what_nobody_knows(site, desk):
    site.configure('[export]\nkeep = "2d"\nfolder = "out"\n')
    async with site.client("administrator") as client:
        await client.post("/api/v1/exports", json={"filter": ALL})
        assert (await ended(client, 1))["file"] is not None
        stray = site.folder / "out" / "stray.xlsx"
        stray.write_text("left by a program that was killed")
    site.clock.instant += timedelta(days=1)
    desk.open()
    assert len(list((site.folder / "out").iterdir())) == 2
    site.clock.instant += timedelta(days=3000)
    desk.open()
    assert not stray.exists()
    assert list((site.folder / "out").iterdir()) == []
