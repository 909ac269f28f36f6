"""Emulated Grandstream phones over real sockets: what they do to HTTP, byte by byte."""

import json
from urllib.parse import urlencode

import pytest

from drivers.grandstream.emulator import EMULATORS
from phonesync.farm.config_out import render_config
from phonesync.farm.server import FarmServer
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from tests.drivers.grandstream import emulated as sheet

pytestmark = [pytest.mark.network, pytest.mark.anyio]

PROBE = "/cgi-bin/api.values.get?request=phone_model:1395"


async def sign_in(url: str) -> bytes:
    content = urlencode({"username": "admin", "password": sheet.PASSWORD}).encode()
    headers = {"Referer": f"{url}/", "Content-Length": str(len(content))}
    return await sheet.raw(url, "POST", "/cgi-bin/dologin", content, headers)


async def test_every_way_to_break_http_is_shown_on_the_wire():
    ways = set()
    async with FarmServer() as farm:
        for number in range(40):
            phone, memory = sheet.emulated("gxp16-form", number)
            url = await farm.add(f"127.0.4.{number + 1}", 0, phone)
            probe = await sheet.raw(url, "GET", PROBE)
            said = await sign_in(url)
            after = await sheet.raw(url, "GET", "/")
            assert json.loads(probe.partition(b"\r\n\r\n")[2])["body"]["phone_model"] == memory.model
            assert json.loads(said.partition(b"\r\n\r\n")[2])["response"] == "success"
            if probe.startswith(b"#!/bin/sh\r\nHTTP/1.0 200 OK\r\n"):
                ways.add("shebang first")
            elif b"\r\n#!/bin/sh\r\n" in probe:
                ways.add("shebang among")
            elif b"\r\nSet-Cookie: HttpOnly\r\n" in said:
                assert said.startswith(b"HTTP/1.0 200 OK\r\n")
                ways.add("cookie")
            elif b"\r\nSet-Cookie: HttpOnly, session-role=admin, session-identity=" in said:
                ways.add("joined")
            elif b"Content-Length" not in after:
                assert b"Connection" not in after
                ways.add("no length")
            else:
                ways.add("none")
    assert ways == {"shebang first", "shebang among", "cookie", "joined", "no length", "none"}


async def test_a_crashed_phone_resets_the_connection():
    phone, _ = sheet.emulated("gxp16-form", firmware="1.0.4.33")
    async with FarmServer() as farm:
        url = await farm.add("127.0.4.1", 0, phone)
        with pytest.raises(ConnectionError):
            await sheet.raw(url, "GET", f"/cgi-bin/api.values.get?request={'x' * 65}")
        with pytest.raises(ConnectionError):
            await sheet.raw(url, "GET", "/")
    assert len(phone.intrusions) == 1


async def test_gmi_is_read_over_a_socket():
    phone, _ = sheet.emulated("gxv-gmi")
    async with FarmServer() as farm:
        url = await farm.add("127.0.4.1", 0, phone)
        secret = sheet.quote(sheet.PASSWORD)
        said = await sheet.raw(
            url, "GET", f"/manager?action=login&username=gmiadmin&secret={secret}&format=json"
        )
        cookie = said.partition(b"Set-Cookie: ")[2].partition(b";")[0].decode()
        shown = await sheet.raw(
            url, "GET", "/manager?action=getlastcall&type=1&format=json", headers={"Cookie": cookie}
        )
    text = shown.partition(b"\r\n\r\n")[2].decode()
    assert sheet.lenient(text)["msg"] == [{"id": "40", "number": "204", "account": "0", "isVideo": "0"}]


async def test_an_office_of_every_kind_stands_on_sockets_with_a_configuration_that_fits():
    mix = dict.fromkeys(EMULATORS, 1)
    spec = FarmSpec(phones=14, mix=mix, seed=1, chaos=0, start=sheet.START, days=1, port=0)
    world = FarmWorld(spec, EMULATORS, SimulatedClock(sheet.START))
    blocks = render_config(world).split("[[phone]]")[1:]
    async with FarmServer() as farm:
        for desk, block in zip(world.desks.values(), blocks, strict=True):
            await farm.stand(desk.wired)
            assert (await sheet.raw(desk.url, "GET", "/")).startswith(b"HTTP/1.")
            assert f'username = "{desk.kind.account}"' in block
            assert ("experimental = true" in block) is desk.kind.experimental
            assert "quirks" not in block
    assert {desk.kind.name for desk in world.desks.values()} == set(EMULATORS)
