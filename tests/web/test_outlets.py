"""Recordings, the CRM and hand-overs on the card of a call."""

import json
from typing import Any

import pytest

from phonesync.store.tables import CDR_RECORDS
from tests.web.people import OUTSIDERS

pytestmark = pytest.mark.anyio

SOUND = bytes(range(256)) * 4
NUMBER = f"+7{OUTSIDERS['answered'][1:]}"
FOLDER = '[recordings]\nfolder = "rec"\n'


@pytest.fixture
def call_id(site):
    """The call that 101 answered."""
    return next(call.id for call in site.store.calls() if call.outside == NUMBER)


@pytest.fixture
def folder(site):
    site.configure(FOLDER)
    day = site.folder / "rec" / "2026" / "03" / "02"
    day.mkdir(parents=True)
    (day / f"in-{NUMBER[1:]}-101-20260302-120003.wav").write_bytes(SOUND)
    return day


async def test_a_recording_is_played_in_pieces_and_downloaded_and_each_listening_is_noted(
    site, call_id, folder
):
    async with site.client("head") as client:
        card = (await client.get(f"/calls/{call_id}")).text
        assert "<audio controls" in card
        assert "recording?download=1" in card
        whole = await client.get(f"/calls/{call_id}/recording")
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert whole.headers["content-type"] == "audio/wav"
        began = site.store.call(call_id).started_at
        name = f"call-{began:%Y%m%d-%H%M%S}.wav"
        assert whole.headers["content-disposition"] == f'inline; filename="{name}"'
        assert whole.headers["cache-control"] == "no-store"
        part = await client.get(f"/calls/{call_id}/recording", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, SOUND[10:20])
        assert part.headers["content-range"] == "bytes 10-19/1024"
        fresh = {"Range": "bytes=10-19", "If-Range": whole.headers["etag"]}
        assert (await client.get(f"/calls/{call_id}/recording", headers=fresh)).status_code == 206
        stale = {"Range": "bytes=10-19", "If-Range": '"another"'}
        assert (await client.get(f"/calls/{call_id}/recording", headers=stale)).status_code == 200
        beyond = await client.get(f"/calls/{call_id}/recording", headers={"Range": "bytes=5000-"})
        assert beyond.status_code == 416
        kept = await client.get(f"/calls/{call_id}/recording?download=1")
        assert kept.headers["content-disposition"].startswith("attachment")
        assert (await client.get(f"/api/v1/calls/{call_id}/recording")).content == SOUND
    noted = [act for act in site.acts() if act[1] == "call.listen"]
    assert noted == [("head", "call.listen", call_id)] * 3


async def test_who_asks_for_a_later_piece_first_is_noted_too(site, call_id, folder):
    async with site.client("head") as client:
        for _ in range(3):
            await client.get(f"/calls/{call_id}/recording", headers={"Range": "bytes=1-"})
        site.clock.instant = site.clock.instant.replace(hour=site.clock.instant.hour + 1)
        await client.get(f"/calls/{call_id}/recording", headers={"Range": "bytes=1-"})
    assert len([act for act in site.acts() if act[1] == "call.listen"]) == 2


async def test_only_who_may_listen_and_reaches_the_call_hears_it(site, call_id, folder):
    other = next(call.id for call in site.store.calls() if call.outside == f"+7{OUTSIDERS['missed'][1:]}")
    async with site.client("employee") as client:
        assert "<audio" not in (await client.get(f"/calls/{call_id}")).text
        assert (await client.get(f"/calls/{call_id}/recording")).status_code == 403
        assert (await client.get(f"/api/v1/calls/{call_id}/recording")).status_code == 403
    async with site.client("head") as client:
        assert (await client.get(f"/calls/{other}/recording")).status_code == 404
    assert not [act for act in site.acts() if act[1] == "call.listen"]


async def test_no_link_leads_out_of_the_folder(site, call_id, folder):
    (file,) = folder.iterdir()
    secret = site.folder / "secret.wav"
    file.rename(secret)
    file.symlink_to(secret)
    async with site.client("head") as client:
        assert (await client.get(f"/calls/{call_id}/recording")).status_code == 404
        file.unlink()
        file.symlink_to(site.folder / "nowhere.wav")
        assert "<audio" not in (await client.get(f"/calls/{call_id}")).text


async def test_several_files_that_fit_are_said_and_none_is_played(site, call_id, folder):
    (folder.parents[2] / f"q-600-{NUMBER[1:]}-20260302-120010.wav").write_bytes(b"other")
    async with site.client("head") as client:
        card = (await client.get(f"/calls/{call_id}")).text
        assert "Several recordings fit" in card
        assert "<audio" not in card
        assert (await client.get(f"/calls/{call_id}/recording")).status_code == 404


async def test_nothing_is_shown_where_nothing_is_configured(site, call_id):
    async with site.client("administrator") as client:
        card = (await client.get(f"/calls/{call_id}")).text
        assert "Recording" not in card
        assert "CRM" not in card
        assert (await client.get(f"/calls/{call_id}/recording")).status_code == 404
        assert (await client.post(f"/calls/{call_id}/hand-over")).status_code == 404


def tell(site, call_id, **more):
    """A switch's record about the call."""
    row: dict[str, Any] = {column.name: None for column in CDR_RECORDS.c if column.name != "id"}
    row |= {"source": "pbx", "digest": "1", "started_at": site.clock.now(), "within_s": 0, "extensions": ""}
    row |= {"disposition": "ANSWERED", "line": "", "imported_at": site.clock.now(), "call_id": call_id}
    with site.store._database.write() as connection:
        connection.execute(CDR_RECORDS.insert(), row | more)


async def test_a_link_leads_to_the_switch_that_has_the_recording(site, call_id):
    site.configure('[recordings]\nlink = "https://pbx.example/r/{date}/{unique_id}"\n')
    async with site.client("head") as client:
        assert (await client.get(f"/calls/{call_id}/recording")).status_code == 404
        tell(site, call_id, unique_id="1769861100.12", linked_id="1769861100.12")
        assert "Listen at the switch" in (await client.get(f"/calls/{call_id}")).text
        answer = await client.get(f"/calls/{call_id}/recording")
        assert answer.headers["location"] == "https://pbx.example/r/2026-03-02/1769861100.12"
    assert site.acts()[-1] == ("head", "call.listen", call_id)


async def test_a_file_is_found_by_the_unique_id_of_the_record(site, call_id, folder):
    (file,) = folder.iterdir()
    file.rename(folder / "x-1769861100.12.mp3")
    tell(site, call_id, unique_id="1769861100.12")
    async with site.client("head") as client:
        answer = await client.get(f"/calls/{call_id}/recording")
    assert (answer.headers["content-type"], answer.content) == ("audio/mpeg", SOUND)


async def test_the_card_leads_to_the_crm_where_numbers_may_be_seen(site, call_id):
    site.configure('[crm]\nlink = "https://crm.example/f?n={number}&e={employee}"\n')
    async with site.client("employee") as client:
        card = (await client.get(f"/calls/{call_id}")).text
        assert f"https://crm.example/f?n=%2B{NUMBER[1:]}&amp;e=Owner%20101" in card
    async with site.client("analyst") as client:
        assert "crm.example" not in (await client.get(f"/calls/{call_id}")).text


async def test_a_call_is_handed_over_to_the_webhooks_that_want_it(site, call_id):
    hooks = "".join(
        f'[[webhook]]\nname = "{name}"\nurl = "https://hook.example/"\nevents = ["call.{event}"]\n'
        for name, event in (("crm", "handed_over"), ("other", "settled"))
    )
    site.configure(hooks)
    async with site.client("analyst") as client:
        assert (await client.post(f"/calls/{call_id}/hand-over")).status_code == 404
    async with site.client("employee") as client:
        assert "Hand over" in (await client.get(f"/calls/{call_id}")).text
        answer = await client.post(f"/calls/{call_id}/hand-over")
        assert answer.status_code == 303
    queued = site.store.deliveries()
    assert [(one.target, json.loads(one.body)) for one in queued] == [
        ("crm", {"event": "call.handed_over", "call_id": call_id})
    ]
    assert site.acts()[-1] == ("employee", "call.export", call_id)
    async with site.client("analyst") as client:
        assert (await client.post(f"/api/v1/calls/{call_id}/hand-over")).status_code == 404
    async with site.client("employee") as client:
        done = await client.post(f"/api/v1/calls/{call_id}/hand-over")
    assert (done.status_code, done.json()) == (202, {"call_id": call_id, "webhooks": ["crm"]})
