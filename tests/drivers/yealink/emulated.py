"""A phone's memory for tests of the emulators, and small clients that follow the vendor sheet step by step.

The clients share no code with the driver: that the two agree is what the tests of the driver are for.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.yealink.emulator import EMULATORS
from phonesync.driver.emulation import Emulator, StoredRow
from phonesync.driver.session import Credentials
from phonesync.farm.directory import FarmDirectory
from phonesync.model import ListName

USER, PASSWORD = "admin", "s+e/c=r;e&t"
START = datetime(2025, 3, 6, 11, 30, tzinfo=UTC)
K, V = (hashlib.md5(word).hexdigest() for word in (b"k", b"v"))


def mac(number: int) -> str:
    return f"00:00:5E:00:53:{number:02X}"


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
    )
    return replace(made, **changes)


ROWS = (
    row(ListName.PLACED, 40, "204", name='O\'Neil "<b>" \\ & сыновья</script>'),
    row(ListName.PLACED, 7, "+74955550100", duration_s=0),
    row(ListName.RECEIVED, 41, "", host="anonymous.invalid", name=""),
    row(ListName.RECEIVED, 5, duration_s=3725, count=3),
    *(row(ListName.MISSED, 30 - step, f"84955550{step:03}") for step in range(13)),
    row(ListName.FORWARDED, 1, "101"),
)


@dataclass
class Memory:
    model: str = "T46U"
    firmware: str = "108.86.0.20"
    mac: str = "00:00:5E:00:53:01"
    credentials: Credentials = field(default_factory=lambda: Credentials(username=USER, password=PASSWORD))
    accounts: Mapping[int, str] = field(default_factory=lambda: {1: "201", 2: "202"})
    server: str = "pbx.example"
    zone_setting: str = "+3"
    history_enabled: bool = True
    merging_enabled: bool = False
    directory: FarmDirectory = field(default_factory=FarmDirectory)
    kept: Sequence[StoredRow] = ROWS
    instant: datetime = START

    def rows(self, list_name: ListName) -> Sequence[StoredRow]:
        return [item for item in self.kept if item.list_name is list_name]

    def wall_now(self) -> datetime:
        return self.instant.replace(tzinfo=None) + timedelta(hours=3, seconds=11)

    def now(self) -> datetime:
        return self.instant

    def wait(self, **span: float) -> None:
        self.instant += timedelta(**span)


def emulated(kind: str, number: int = 1, **changes) -> tuple[Emulator, Memory]:
    models = EMULATORS[kind].models
    model, firmware = models[number % len(models)]
    memory = Memory(mac=mac(number), **{"model": model, "firmware": firmware, **changes})
    return EMULATORS[kind].make(memory), memory


# What a client could read: list, number, time as shown, seconds of talk (None where not shown).
Shown = tuple[ListName, str, str, int | None]


def told(memory: Memory, kind: str) -> list[Shown]:
    """What a reader must find, list by list, newest first."""
    short = EMULATORS[kind].resolution_s == 60
    return [
        (
            name,
            item.number,
            f"{item.wall:%H:%M}" if short else f"{item.wall:%Y.%m.%d_%H.%M.%S}",
            None if short else item.duration_s,
        )
        for name in EMULATORS[kind].lists
        for item in memory.rows(name)
    ]


def by_list(found: Sequence[Shown]) -> list[Shown]:
    order = list(ListName)
    return sorted(found, key=lambda item: order.index(item[0]))


def seconds(text: str | int) -> int:
    total = 0
    for part in str(text or "0").split(":"):
        total = total * 60 + int(part)
    return total


def rsa_hex(n: str, e: str, text: str) -> str:
    key = rsa.RSAPublicNumbers(int(e, 16), int(n, 16)).public_key()
    return key.encrypt(text.encode(), padding.PKCS1v15()).hex()


def aes_base64(text: str) -> str:
    data = text.encode()
    sealer = Cipher(algorithms.AES(bytes.fromhex(K)), modes.CBC(bytes.fromhex(V))).encryptor()
    return base64.b64encode(sealer.update(data + b"\0" * (-len(data) % 16)) + sealer.finalize()).decode()


# One client for each generation: the sheet's section in the name of the step.


async def basic_list(http: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await http.get("/cgi-bin/ConfigManApp.com?Id=34", auth=(USER, password))


def read_basic(page: bytes) -> list[Shown]:
    """Sheet 3.1."""
    text = page.split(b'Cfgdata2="', 1)[1].split(b'"', 1)[0]
    codes = {b"1": ListName.PLACED, b"2": ListName.RECEIVED, b"3": ListName.MISSED}
    records = [record.split(b"\xff") for record in text.split(b"\xfe")]
    return [(codes[r[0]], r[6].decode("ascii"), r[2].decode(), None) for r in records if len(r) >= 7]


async def form_sign_in(
    http: httpx.AsyncClient, password: str = PASSWORD, *, body: bool = True
) -> httpx.Response:
    """Sheet 2.2."""
    fields = {"username": USER, "pwd": password, "jumpto": "status", "acc": ""}
    where = {"data": fields} if body else {"params": {"p": "login", "q": "login", **fields}}
    return await http.post("/servlet" if not body else "/servlet?p=login&q=login", **where)


def read_form(page: str) -> list[Shown]:
    """Sheet 3.2."""
    ids = {"Dialed": ListName.PLACED, "Missed": ListName.MISSED, "Received": ListName.RECEIVED}
    found: list[Shown] = []
    for word, name in ids.items():
        table = page.split(f'id="Call{word}ListContent"', 1)[1].split("</table>", 1)[0]
        for line in table.split("<tr>")[1:]:
            cells = re.findall(r"<td[^>]*>(.*?)</td>", line)
            if len(cells) > 5:
                assert re.findall(r'T\("(\w+)"\)', cells[1]) == ["Thu", "Mar", "06"]
                found.append((name, cells[5].partition("@")[0], cells[2], None))
    return found


async def blob_sign_in(http: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    """Sheet 2.3."""
    answer = await http.get("/servlet?p=login&q=getsessionid&random=0.5")
    n, e, session = answer.text.split(",")
    session = answer.cookies.get("JSESSIONID", session)
    text = f"rand=0.25;sessionid={session};username={USER};pwd={password};"
    data = aes_base64(f"MD5={hashlib.md5(text.encode()).hexdigest()};{text}")
    fields = {"key": rsa_hex(n, e, K), "iv": rsa_hex(n, e, V), "data": data, "jumpto": "status", "acc": ""}
    http.cookies.clear()
    http.cookies.set("JSESSIONID", session)
    return await http.post("/servlet?p=login&q=login", data=fields)


async def servlet_sign_in(
    http: httpx.AsyncClient, password: str = PASSWORD, *, only_rsa: bool = False
) -> httpx.Response:
    """Sheet 2.4 and 2.5."""
    page = await http.get("/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status")
    n, e = (re.search(rf'g_rsa_{part} = "(\w+)"', page.text)[1] for part in "ne")
    session = page.cookies["JSESSIONID"]
    if only_rsa:
        fields = {"username": USER, "pwd": rsa_hex(n, e, password)}
    else:
        sealed = {"rsakey": rsa_hex(n, e, K), "rsaiv": rsa_hex(n, e, V)}
        fields = {"username": USER, "pwd": aes_base64(f"0.5;{session};{password}"), **sealed}
    return await http.post("/servlet?m=mod_listener&p=login&q=login&Rajax=0.1", data=fields)


def verdict(answer: httpx.Response) -> dict[str, str]:
    """The content of ``_RES_INFO_``, or of a bare answer."""
    marked = re.search(r'<div id="_RES_INFO_">(.*?)</div>', answer.text)
    return json.loads(marked[1] if marked else answer.text)


async def servlet_list(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get("/servlet?m=mod_data&p=contacts-callinfo&q=load")


def read_servlet(page: str) -> list[Shown]:
    """Sheet 3.4."""
    literal = re.search(r'g_callloglist = g_json\.ParseJSON\(("(?:[^"\\]|\\.)*")\)', page)[1]
    codes = {"1": ListName.PLACED, "2": ListName.MISSED, "3": ListName.RECEIVED, "4": ListName.FORWARDED}
    return [
        (codes[code], r["remote_name"], r["born_tick_datetime"], seconds(r["duration"]))
        for code, records in json.loads(json.loads(literal)).items()
        for _, r in sorted(records.items(), key=lambda item: int(item[0]))
    ]


async def json_info(http: httpx.AsyncClient, *ids: str) -> dict[str, str]:
    answer = await http.post("/api/common/info?p=Login&t=1741260651000", json={"idlist": list(ids)})
    return answer.json()["data"]


async def json_sign_in(http: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    """Sheet 2.6; the token goes into the client's headers."""
    keys = await json_info(http, "wui.common.rsaN", "wui.common.rsaE")
    sealed = rsa_hex(keys["wui.common.rsaN"], keys["wui.common.rsaE"], password)
    fields = {"username": USER, "pwd": f"__WUI_ENC__:{sealed}"}
    answer = await http.post("/api/auth/login?p=Login&t=1741260651001", data=fields)
    if answer.json()["ret"] == "ok":
        http.headers["X-CSRFToken"] = (await json_info(http, "wui"))["wui.common.token"]
    return answer


async def json_list(http: httpx.AsyncClient, kind: int = 0) -> httpx.Response:
    return await http.get(f"/api/contacts/calllog?type={kind}&p=ContactsCalllog&t=1741260651002")


def find_calls(tree: object) -> list[dict[str, object]] | None:
    if not isinstance(tree, dict):
        return None
    if "calls" in tree:
        return tree["calls"]
    return next((found for value in tree.values() if (found := find_calls(value)) is not None), None)


def read_json(text: str) -> list[Shown]:
    """Sheet 3.5."""
    codes = {"1": ListName.PLACED, "2": ListName.RECEIVED, "3": ListName.MISSED, "4": ListName.FORWARDED}
    return [
        (codes[str(r["type"])], r["remote_name"], r["datetime"], seconds(r["duration"]))
        for r in find_calls(json.loads(text))
    ]
