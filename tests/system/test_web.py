"""``phonesync run`` as phones meet it: the server begins and ends with it, and its signals stay the agent's."""

from __future__ import annotations

import re
import signal
import socket

import pytest

from phonesync.agent.opening import open_configured
from phonesync.agent.roster import introduce
from phonesync.clock import SystemClock
from phonesync.config import load
from phonesync.model import Contact, ContactNumber
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from tests.system.live import live, said
from tests.web.conftest import status, told

pytestmark = [pytest.mark.anyio, pytest.mark.network]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def put_contacts(office):
    """One contact of phonesync's own, and the address of the first phone's book."""
    config, clock = load(office.config), SystemClock()
    with open_configured(config, clock=clock) as store:
        introduce(store, config)
        kept = KeptContact(
            contact=Contact(source="own", uid="1", name="Olga", numbers=(ContactNumber(number="101"),)),
            canonicals=("ext:101",),
            digest="1",
            changed_at=clock.now(),
        )
        store.take_contacts(
            ContactImport(
                source="own", kind="own", put=(kept,), gone=(), digest="1", before="", at=clock.now()
            )
        )
        return f"/b/{store.address_of('desk-101')}/book.xml"


@pytest.fixture
async def office(tmp_path):
    async with live(tmp_path, phones=1, kinds=["yealink-json"]) as office:
        yield office


def serve_at(office, port):
    web = f'\n[web]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://192.0.2.5:{port}"\n'
    office.config.write_text(office.config.read_text(encoding="utf-8") + web, encoding="utf-8")


async def test_phones_are_served_while_the_agent_runs_and_no_longer(office):
    port = free_port()
    serve_at(office, port)
    path = put_contacts(office)
    running = await office.program("run")
    log = await said(running, "agent started")
    answer = await told(port, f"GET {path} HTTP/1.0\r\n\r\n".encode())
    stranger = await told(port, b"GET /b/AAAA/book.xml HTTP/1.0\r\n\r\n")
    running.send_signal(signal.SIGTERM)
    _, rest = await running.communicate()
    log += rest.decode()
    assert (status(answer), status(stranger)) == (200, 404)
    assert b"<Name>Olga</Name>" in answer
    assert running.returncode == 0
    assert path.split("/")[2] not in log
    assert len(re.findall("event=refused", log)) == 1
    with pytest.raises(ConnectionRefusedError):
        await told(port, b"GET / HTTP/1.0\r\n\r\n")


async def test_a_port_in_use_ends_the_start_with_one_sentence(office):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        serve_at(office, port)
        running = await office.program("run")
        _, log = await running.communicate()
    assert running.returncode == 2
    last = log.decode().splitlines()[-2:]
    assert (
        last[0] == f"phonesync: [web] listen: 127.0.0.1:{port} cannot be listened at: address already in use."
    )
