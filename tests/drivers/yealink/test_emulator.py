"""What all emulated Yealink kinds promise, read over real sockets and by many phones without sockets."""

import httpx
import pytest

from drivers.yealink.emulator import EMULATORS
from phonesync.farm.inprocess import InProcessTransport
from phonesync.farm.server import FarmServer
from phonesync.farm.wire import WiredPhone
from phonesync.model import ListName
from tests.drivers.yealink import emulated as sheet

READABLE = [name for name, kind in EMULATORS.items() if kind.readable]


async def sign_in(kind: str, http: httpx.AsyncClient, password: str = sheet.PASSWORD) -> httpx.Response:
    if kind == "yealink-basic":
        return await sheet.basic_list(http, password)
    if kind == "yealink-form":
        return await sheet.form_sign_in(http, password)
    if kind == "yealink-blob":
        return await sheet.blob_sign_in(http, password)
    if kind == "yealink-json":
        return await sheet.json_sign_in(http, password)
    return await sheet.servlet_sign_in(http, password, only_rsa=kind == "yealink-servlet-rsa")


async def ask_list(kind: str, http: httpx.AsyncClient) -> httpx.Response:
    if kind == "yealink-basic":
        return await sheet.basic_list(http)
    if kind in {"yealink-form", "yealink-blob"}:
        return await http.get("/servlet?p=contacts-callinfo&q=load")
    return await (sheet.json_list(http) if kind == "yealink-json" else sheet.servlet_list(http))


def read(kind: str, answer: httpx.Response) -> list[sheet.Shown]:
    assert answer.status_code == 200
    if kind == "yealink-basic":
        return sheet.by_list(sheet.read_basic(answer.content))
    reader = {"yealink-form": sheet.read_form, "yealink-json": sheet.read_json}.get(kind, sheet.read_servlet)
    return sheet.by_list(reader(answer.content.decode("utf-8")))


def client_of(kind: str, emulator: object, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client that reaches ``emulator`` without sockets."""
    secure = EMULATORS[kind].secure
    phone = WiredPhone(host="127.9.9.9", port=8000, emulator=emulator, secure=secure)
    transport = InProcessTransport({("127.9.9.9", 8000): phone}, peer=peer)
    return httpx.AsyncClient(transport=transport, base_url=phone.url)


@pytest.mark.network
@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_the_lists_are_read_over_a_socket_by_following_the_sheet(kind):
    emulator, memory = sheet.emulated(kind)
    async with FarmServer() as farm:
        url = await farm.add("127.0.1.1", 0, emulator, secure=EMULATORS[kind].secure)
        async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as http:
            await sign_in(kind, http)
            assert read(kind, await ask_list(kind, http)) == sheet.told(memory, kind)
    assert (emulator.wrong_passwords, emulator.intrusions) == (0, [])


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_every_habit_of_a_kind_shows_the_same_rows(kind):
    bodies = set()
    for number in range(64):
        emulator, memory = sheet.emulated(kind, number)
        async with client_of(kind, emulator) as http:
            await sign_in(kind, http)
            answer = await ask_list(kind, http)
        assert read(kind, answer) == sheet.told(memory, kind)
        bodies.add(answer.content)
    assert len(bodies) > 3


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_a_new_row_is_shown_by_the_next_read_and_a_cleared_memory_shows_empty_lists(kind):
    emulator, memory = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        await sign_in(kind, http)
        before = read(kind, await ask_list(kind, http))
        memory.kept = (sheet.row(ListName.PLACED, 59, "777"), *memory.kept)
        after = read(kind, await ask_list(kind, http))
        assert after[0][:2] == (ListName.PLACED, "777")
        assert after[1:] == before
        memory.kept = ()
        assert read(kind, await ask_list(kind, http)) == []


def locked(kind: str, answer: httpx.Response) -> bool:
    if kind == "yealink-json":
        error = answer.json().get("error", {})
        return (error.get("webStatus"), error.get("lockTime")) == ("lock", "3")
    if kind in {"yealink-servlet", "yealink-servlet-rsa"}:
        return answer.status_code == 403 and sheet.verdict(answer) == {"authstatus": "lock", "locktime": "3"}
    return "try again 3 minutes later" in answer.text


def refused(kind: str, answer: httpx.Response) -> bool:
    if kind == "yealink-basic":
        return answer.status_code == 401
    if kind == "yealink-json":
        return answer.json()["error"]["msg"] == "error_username_or_password_is_wrong"
    if kind in {"yealink-form", "yealink-blob"}:
        return answer.status_code == 200 and 'name="pwd"' in answer.text
    return sheet.verdict(answer) == {"authstatus": "none"}


def let_in(kind: str, answer: httpx.Response) -> bool:
    if kind in {"yealink-form", "yealink-blob"}:
        return answer.status_code == 302
    return answer.status_code == 200 and not refused_or_locked(kind, answer)


def refused_or_locked(kind: str, answer: httpx.Response) -> bool:
    if kind == "yealink-basic":
        return answer.status_code != 200
    if kind == "yealink-json":
        return answer.json()["ret"] != "ok"
    return sheet.verdict(answer) != {"authstatus": "done"}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", EMULATORS)
async def test_five_wrong_passwords_lock_for_three_minutes_and_each_attempt_starts_the_lock_anew(kind):
    emulator, memory = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        for count in range(1, 6):
            assert refused(kind, await sign_in(kind, http, "wrong"))
            assert emulator.wrong_passwords == count
        memory.wait(minutes=2, seconds=50)
        assert locked(kind, await sign_in(kind, http))
        memory.wait(minutes=2, seconds=50)
        assert locked(kind, await sign_in(kind, http, "wrong"))
        assert (emulator.wrong_passwords, emulator.refused_while_locked) == (6, 1)
        memory.wait(minutes=3)
        assert let_in(kind, await sign_in(kind, http))


@pytest.mark.anyio
@pytest.mark.parametrize("kind", EMULATORS)
async def test_a_reboot_and_a_right_password_both_forget_earlier_failures(kind):
    emulator, _ = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        for _ in range(4):
            await sign_in(kind, http, "wrong")
        assert let_in(kind, await sign_in(kind, http))
        emulator.reboot()
        for _ in range(5):
            await sign_in(kind, http, "wrong")
        emulator.reboot()
        assert let_in(kind, await sign_in(kind, http))
    assert emulator.wrong_passwords == 9


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [kind for kind in READABLE if kind != "yealink-basic"])
@pytest.mark.parametrize("ending", ["idle", "expired", "reboot", "other peer", "not signed in"])
async def test_without_a_live_session_no_list_is_shown_and_no_failure_is_counted(kind, ending):
    for number in range(8):
        emulator, memory = sheet.emulated(kind, number)
        peer = "127.0.0.2" if ending == "other peer" else "127.0.0.1"
        async with client_of(kind, emulator) as http, client_of(kind, emulator, peer) as later:
            if ending != "not signed in":
                await sign_in(kind, http)
            later.cookies, later.headers = http.cookies, http.headers
            memory.wait(minutes=5 if ending == "idle" else 1)
            if ending in {"expired", "reboot"}:
                getattr(emulator, {"expired": "expire"}.get(ending, ending))()
            answer = await ask_list(kind, later)
        assert "84955550" not in answer.text
        if kind == "yealink-json":
            assert answer.json()["ret"] == "failed"
        elif answer.status_code != 302:
            assert 'name="pwd"' in answer.text
        assert emulator.wrong_passwords == 0


@pytest.mark.anyio
@pytest.mark.parametrize("kind", READABLE)
async def test_a_session_that_is_used_does_not_idle_out(kind):
    emulator, memory = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        await sign_in(kind, http)
        for _ in range(4):
            memory.wait(minutes=4)
            assert read(kind, await ask_list(kind, http))


def test_kinds_say_what_they_are():
    assert list(EMULATORS) == [
        "yealink-basic",
        "yealink-form",
        "yealink-blob",
        "yealink-servlet",
        "yealink-servlet-rsa",
        "yealink-json",
    ]
    for name, kind in EMULATORS.items():
        assert (kind.name, kind.driver) == (name, "yealink")
        assert kind.make(sheet.Memory()).list_path
    assert [name for name, kind in EMULATORS.items() if kind.secure] == ["yealink-servlet-rsa"]
    assert ListName.FORWARDED not in EMULATORS["yealink-form"].lists


@pytest.mark.anyio
@pytest.mark.parametrize(
    "kind", [kind for kind in EMULATORS if kind not in {"yealink-basic", "yealink-form"}]
)
async def test_phonecfg_is_closed_to_strangers_or_tells_who_the_phone_is(kind):
    seen = set()
    for number in range(16):
        emulator, memory = sheet.emulated(kind, number)
        async with client_of(kind, emulator) as http:
            answer = await http.get("/servlet?phonecfg=get&accounts=1")
            seen.add(answer.status_code)
            if answer.status_code == 401:
                assert emulator.wrong_passwords == 0
                told = await http.get("/servlet?phonecfg=get&accounts=1", auth=(sheet.USER, sheet.PASSWORD))
                assert f"FirmwareVersion={memory.firmware}\r\n" in told.text
                assert f"MACAddress=00005E0053{number:02X}\r\n" in told.text
                assert "Account1=1|a|b|c|d|202@pbx.example\r\n" in told.text
                assert (await http.get("/servlet?phonecfg=get", auth=(sheet.USER, "x"))).status_code == 401
                assert emulator.wrong_passwords == 1
    assert seen == {401, 403}
