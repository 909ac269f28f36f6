"""A phone's memory for tests of the emulators, and clients that follow the vendor sheet byte by byte.

The clients share no code with the driver: that the two agree is what the tests of the driver are for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from drivers.grandstream.emulator import EMULATORS
from drivers.grandstream.emulator_base import GrandstreamPhone
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, StoredRow
from phonesync.driver.session import Credentials
from phonesync.farm.directory import FarmDirectory
from phonesync.model import ListName

PASSWORD = "s+e/c=r;e&t"
START = datetime(2025, 3, 6, 11, 30, tzinfo=UTC)
HOST = "192.0.2.11"


def row(list_name: ListName, minute: int, number: str = "84955550123", **changes) -> StoredRow:
    made = StoredRow(
        list_name=list_name,
        account="201",
        server="pbx.example",
        number=number,
        host="pbx.example",
        name="Смирнова Ольга",
        wall=datetime(2025, 3, 6, 14, minute, 31),
        duration_s=0 if list_name is ListName.MISSED else 65,
        row_id=minute,
    )
    return replace(made, **changes)


ROWS = (
    row(ListName.PLACED, 40, "204", name='O\'Neil "<b>" \\ & сыновья'),
    row(ListName.PLACED, 7, "+74955550100", duration_s=0),
    row(ListName.RECEIVED, 41, "", name=""),
    row(ListName.MISSED, 30, "84955550100", account="202"),
    row(ListName.MISSED, 29, "84955550101"),
)


@dataclass
class Memory:
    model: str = "GXV3240"
    firmware: str = "1.0.3.144"
    mac: str = "00005e005301"
    credentials: Credentials = field(default_factory=lambda: Credentials(username="admin", password=PASSWORD))
    accounts: Mapping[int, str] = field(default_factory=lambda: {1: "201", 2: "202"})
    server: str = "pbx.example"
    zone_setting: str = "+3"
    history_enabled: bool = True
    merging_enabled: bool = False
    directory: FarmDirectory = field(default_factory=FarmDirectory)
    kept: Sequence[StoredRow] = ROWS
    instant: datetime = START

    def rows(self, list_name: ListName) -> Sequence[StoredRow]:
        return tuple(item for item in self.kept if item.list_name is list_name)

    def wall_now(self) -> datetime:
        return self.instant.replace(tzinfo=None) + timedelta(hours=3)

    def now(self) -> datetime:
        return self.instant

    def wait(self, **span: float) -> None:
        self.instant += timedelta(**span)


def emulated(kind: str, number: int = 1, **changes) -> tuple[GrandstreamPhone, Memory]:
    chosen = EMULATORS[kind]
    model, firmware = chosen.models[number % len(chosen.models)]
    given = {
        "model": model,
        "firmware": firmware,
        "mac": f"00005e0053{number:02x}",
        "credentials": Credentials(username=chosen.account, password=PASSWORD),
    }
    memory = Memory(**(given | changes))
    return chosen.make(memory), memory


def habits(kind: str, count: int = 48) -> list[tuple[GrandstreamPhone, Memory]]:
    """Many phones of a kind, each with its own way."""
    return [emulated(kind, number) for number in range(count)]


class Browser:
    """Asks an emulator without sockets, with the headers that a form needs."""

    def __init__(self, phone: GrandstreamPhone) -> None:
        self.phone = phone
        self.cookie = ""

    def get(self, target: str, **headers: str) -> EmulatedResponse:
        return self._ask("GET", target, b"", {"Cookie": self.cookie, **headers})

    def post(self, target: str, fields: Mapping[str, str] | None = None, **headers: str) -> EmulatedResponse:
        content = urlencode(fields or {}).encode()
        origin = f"http://{HOST}"
        fit = {"Content-Length": str(len(content)), "Referer": f"{origin}/", "Origin": origin}
        return self._ask("POST", target, content, {"Cookie": self.cookie, **fit, **headers})

    def _ask(self, method: str, target: str, content: bytes, headers: Mapping[str, str]) -> EmulatedResponse:
        sent = tuple((name, value) for name, value in {"Host": HOST, **headers}.items() if value)
        request = EmulatedRequest(method=method, target=target, headers=sent, content=content)
        return self.phone.answer(request)


def body(answer: EmulatedResponse) -> object:
    return json.loads(answer.content)["body"]


# ---- sign-ins, step by step as the sheet has them ---------------------------------------------------------


def gmi_sign_in(http: Browser, password: str = PASSWORD, user: str = "gmiadmin") -> EmulatedResponse:
    """Sheet 2.3."""
    answer = http.get(f"/manager?action=login&Username={user}&Secret={quote(password)}&format=json")
    for name, value in answer.headers:
        if name == "Set-Cookie":
            http.cookie = value.split(";")[0]
    return answer


def lenient(text: str) -> dict[str, object]:
    """What the vendor prints, made valid: the outer quotes off, the comma a colon."""
    text = text[1:-1] if text.startswith('"') else text
    return json.loads(text.replace('"isVideo", "', '"isVideo": "'))


def last_call(http: Browser, kind: int) -> object:
    """Sheet 3.3: the one row, or the words of the refusal."""
    answer = http.get(f"/manager?action=getlastcall&type={kind}&format=json")
    return lenient(answer.content.decode())["msg"]


def challenge(http: Browser, password: str = PASSWORD, user: str = "admin") -> EmulatedResponse:
    """Sheet 2.2; the cookies of both styles go along."""
    nonce = body(http.post("/cgi-bin/access", {"access": hashlib.sha256(user.encode()).hexdigest()}))
    hashed = hashlib.sha256(f"{password}{nonce}".encode()).hexdigest()
    answer = http.post("/cgi-bin/dologin", {"username": user, "password": hashed})
    found = body(answer)
    if isinstance(found, dict):
        sid, role = found["sid"], found["role"]
        http.cookie = f"session-identity={sid}; session-role={role}; sid={sid}"
    return answer


def sid_of(http: Browser) -> str:
    found = re.search(r"(?<![\w-])sid=(\w+)", http.cookie)
    return found[1] if found else ""


def form_sign_in(http: Browser, password: str = PASSWORD) -> EmulatedResponse:
    """Sheet 2.1; cookies built by hand."""
    answer = http.post("/cgi-bin/dologin", {"username": "admin", "password": password})
    found = body(answer)
    if isinstance(found, dict):
        http.cookie = f"session-role={found['role']}; session-identity={found['sid']}; sid={found['sid']}"
    return answer


def realm_sign_in(http: Browser, password: str = PASSWORD) -> EmulatedResponse:
    """Sheet 2.4."""
    said = http.get("/cgi-bin/loginrealm").content.decode()
    realm = json.loads(said)["body"] if said.startswith("{") else said
    secret = hashlib.md5(f"gmiadmin:{realm}:{password}".encode()).hexdigest()
    answer = http.get(f"/cgi-bin/login?Username=gmiadmin&Secret={secret}")
    for name, value in answer.headers:
        if name == "Set-Cookie":
            http.cookie = value.split(";")[0]
    return answer


def html_sign_in(http: Browser, password: str = PASSWORD) -> EmulatedResponse:
    """Sheet 1, rows A and B."""
    oldest = http.phone.memory.model in {"GXP280", "GXP2000"}
    path = "/dologin.htm" if oldest else "/cgi-bin/dologin"
    answer = http.post(path, {"Login": "Login", "P2": password, "gnkey": "0b82"})
    for name, value in answer.headers:
        if name == "Set-Cookie":
            http.cookie = value.split(";")[0]
    return answer


# ---- real sockets -----------------------------------------------------------------------------------------


async def raw(
    url: str, method: str, target: str, content: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Everything the phone sends in answer to one request, byte by byte until it hangs up."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + content)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()
