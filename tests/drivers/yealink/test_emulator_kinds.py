"""What each emulated generation does in its own way, by the vendor sheet."""

import httpx
import pytest

from phonesync.driver.emulation import EmulatedRequest
from tests.drivers.yealink import emulated as sheet
from tests.drivers.yealink.test_emulator import client_of


def answers(emulator, target, **parts):
    return emulator.answer(EmulatedRequest(method="GET", target=target, **parts))


def test_v70_names_its_model_in_a_basic_realm_and_breaks_its_charset():
    emulator, memory = sheet.emulated("yealink-basic")
    answer = answers(emulator, "/cgi-bin/ConfigManApp.com?Id=1")
    headers = dict(answer.headers)
    assert (answer.status, answer.version) == (401, "HTTP/1.0")
    assert headers["WWW-Authenticate"] == f'Basic realm="Enterprise IP phone SIP-{memory.model}"'
    assert headers["Content-Type"] == "text/html; charset=%s"
    assert headers["Server"] == "mini_httpd/1.19 19dec2003"
    assert emulator.wrong_passwords == 0


def test_v70_shows_a_401_at_its_root_or_a_way_to_one():
    found = set()
    for number in range(16):
        emulator, _ = sheet.emulated("yealink-basic", number)
        root = answers(emulator, "/").status
        found.add(root)
        if root == 200:
            assert b"ConfigManApp.com?Id=1" in answers(emulator, "/cgi-bin/").content
    assert found == {200, 401}


@pytest.mark.anyio
async def test_v70_keeps_its_separators_whole_whatever_the_names():
    rows = tuple(
        sheet.row(name, 5, "204", name='Илья "Ю" я ю ÿ þ') for name in sheet.EMULATORS["yealink-basic"].lists
    )
    named = 0
    for number in range(16):
        emulator, _ = sheet.emulated("yealink-basic", number, kept=rows)
        async with client_of("yealink-basic", emulator) as http:
            page = (await sheet.basic_list(http)).content
        assert [item[1] for item in sheet.read_basic(page)] == ["204"] * 3
        named += b"\xff201\xff" in page
    assert 0 < named < 16


@pytest.mark.anyio
async def test_v70_shows_neither_mac_nor_clock_and_a_status_with_registered_items():
    emulator, memory = sheet.emulated("yealink-basic")
    async with client_of("yealink-basic", emulator) as http:
        page = await http.get("/cgi-bin/ConfigManApp.com?Id=1", auth=(sheet.USER, sheet.PASSWORD))
    items = page.content.split(b'Cfgdata="', 1)[1].split(b'"', 1)[0].split(b"\xfe")
    assert items[11:13] == [b"REGISTERED", b"REGISTERED"]
    assert f'devtype="{memory.model}"'.encode() in page.content
    assert b"00005E" not in page.content.replace(b":", b"").upper()


def test_v72_leads_to_its_form_and_says_its_model_through_the_translator():
    emulator, memory = sheet.emulated("yealink-form")
    root = answers(emulator, "/").content
    assert b'window.location ="/servlet?p=login&q=loginForm&jumpto=status"' in root
    form = answers(emulator, "/servlet?p=login&q=loginForm&jumpto=status").content.decode()
    assert f'T("Enterprise IP phone {memory.model}")' in form
    assert 'name="pwd" maxlength="32"' in form
    assert "rsa" not in form


@pytest.mark.anyio
async def test_v72_takes_its_form_in_the_body_in_the_query_or_inline():
    for number in range(4):
        emulator, memory = sheet.emulated("yealink-form", number)
        for how in ("body", "query", "inline"):
            async with client_of("yealink-form", emulator) as http:
                if how == "inline":
                    fields = {"p": "login", "q": "login", "username": sheet.USER, "pwd": sheet.PASSWORD}
                    answer = await http.get("/servlet", params={**fields, "jumpto": "status"})
                else:
                    answer = await sheet.form_sign_in(http, body=how == "body")
                assert answer.status_code == 302
                page = await http.get(answer.headers["Location"])
                assert 'g_token = "' in page.text
                assert memory.firmware in page.text


@pytest.mark.anyio
async def test_v80_checks_the_blob_and_shows_no_list_that_could_be_read():
    for number in range(8):
        emulator, _ = sheet.emulated("yealink-blob", number)
        async with client_of("yealink-blob", emulator) as http:
            assert (await sheet.blob_sign_in(http)).status_code == 302
            page = await http.get("/servlet?p=contacts-callinfo&q=load")
            assert page.status_code == 200
            assert "84955550123" not in page.text
            assert "g_callloglist" not in page.text
            assert "ListContent" not in page.text
    form = answers(emulator, "/servlet?p=login&q=loginForm&jumpto=status").content
    assert b"rsa.js?52.8" in form
    assert b"g_rsa_n" not in form


@pytest.mark.anyio
async def test_v80_refuses_a_blob_with_a_wrong_digest_or_another_session():
    emulator, _ = sheet.emulated("yealink-blob")
    async with client_of("yealink-blob", emulator) as http:
        n, e, session = (await http.get("/servlet?p=login&q=getsessionid")).text.split(",")
        http.cookies.set("JSESSIONID", session)
        keys = {"key": sheet.rsa_hex(n, e, sheet.K), "iv": sheet.rsa_hex(n, e, sheet.V)}
        text = f"rand=1;sessionid={session};username={sheet.USER};pwd={sheet.PASSWORD};"
        for data in (f"MD5={'0' * 32};{text}", text, ""):
            fields = {**keys, "data": sheet.aes_base64(data)}
            assert (await http.post("/servlet?p=login&q=login", data=fields)).status_code == 200
        assert emulator.wrong_passwords == 3


def test_v84_leads_to_its_form_by_a_redirect_or_one_of_two_scripts():
    ways = set()
    for number in range(24):
        emulator, memory = sheet.emulated("yealink-servlet", number)
        root = answers(emulator, "/")
        text = root.content.decode()
        spelled = {name.lower(): value for name, value in root.headers}
        way = spelled.get("location") or text.split('window.location ="', 1)[1].split('"', 1)[0]
        ways.add((root.status, way))
        form = answers(emulator, way).content.decode()
        assert f'g_phonetype = "{memory.model}"' in form
        assert f'g_strFirmware = "{memory.firmware}"' in form
        assert 'g_rsa_e = "010001"' in form
    assert len(ways) == 3


@pytest.mark.anyio
async def test_v84_fails_where_the_sealed_password_is_not_url_encoded():
    emulator, _ = sheet.emulated("yealink-servlet")
    async with client_of("yealink-servlet", emulator) as http:
        page = await http.get("/servlet?m=mod_listener&p=login&q=loginForm")
        n = page.text.split('g_rsa_n = "', 1)[1].split('"', 1)[0]
        session = page.cookies["JSESSIONID"]
        sealed = next(
            text
            for step in range(99)
            if "+" in (text := sheet.aes_base64(f"0.{step};{session};{sheet.PASSWORD}"))
        )
        keys = f"rsakey={sheet.rsa_hex(n, '10001', sheet.K)}&rsaiv={sheet.rsa_hex(n, '10001', sheet.V)}"
        answer = await http.post(
            "/servlet?m=mod_listener&p=login&q=login",
            content=f"username={sheet.USER}&pwd={sealed}&{keys}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert sheet.verdict(answer) == {"authstatus": "none"}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["yealink-servlet", "yealink-servlet-rsa"])
async def test_each_servlet_generation_refuses_the_other_ones_way_of_sealing(kind):
    emulator, _ = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        answer = await sheet.servlet_sign_in(http, only_rsa=kind == "yealink-servlet")
    assert sheet.verdict(answer) == {"authstatus": "none"}
    assert emulator.wrong_passwords == 1


@pytest.mark.anyio
async def test_the_servlet_status_page_shows_clock_accounts_token_and_mac():
    emulator, memory = sheet.emulated("yealink-servlet", 2)
    async with client_of("yealink-servlet", emulator) as http:
        await sheet.servlet_sign_in(http)
        page = (await http.get("/servlet?m=mod_data&p=status&q=load")).text
    assert 'g_localtime = "2025.03.06_14.30.11"' in page
    assert r'g_json.ParseJSON("{\"Account1\": \"201@pbx.example:2\"' in page
    assert 'dvalue="00:00:5E:00:53:02"' in page
    token = page.split('g_strToken = "', 1)[1].split('"', 1)[0]
    assert len(token) in {16, 17}
    assert memory.firmware in page


@pytest.mark.anyio
async def test_json_tells_who_it_is_without_a_session_but_gives_no_token():
    emulator, memory = sheet.emulated("yealink-json")
    async with client_of("yealink-json", emulator) as http:
        told = await sheet.json_info(http, "wui")
        keys = await sheet.json_info(http, "wui.common.rsaN", "wui.common.rsaE")
        plain = (await http.get("/api/common/info?p=Login")).json()["data"]
    assert told["wui.device.phoneName"] == memory.model
    assert told["wui.device.firmware"] == memory.firmware
    assert "wui.common.token" not in told
    assert keys.keys() == {"wui.common.rsaN", "wui.common.rsaE"}
    assert plain.items() >= keys.items()


@pytest.mark.anyio
async def test_json_answers_a_sign_in_as_html_and_wants_cookie_and_token_for_a_list():
    emulator, _ = sheet.emulated("yealink-json")
    async with client_of("yealink-json", emulator) as http:
        answer = await sheet.json_sign_in(http)
        assert answer.headers["Content-Type"] == "text/html"
        token = http.headers.pop("X-CSRFToken")
        assert (await sheet.json_list(http)).json()["ret"] == "failed"
        http.headers["X-CSRFToken"] = token
        assert (await sheet.json_list(http)).json()["ret"] == "ok"
        http.cookies.clear()
        assert (await sheet.json_list(http)).json()["ret"] == "failed"


@pytest.mark.anyio
async def test_json_lets_one_session_in_and_tells_the_next_one_whose_it_is():
    emulator, memory = sheet.emulated("yealink-json")
    async with (
        client_of("yealink-json", emulator, "192.0.2.7") as person,
        client_of("yealink-json", emulator) as http,
    ):
        await sheet.json_sign_in(person)
        answer = await sheet.json_sign_in(http)
        error = answer.json()["error"]
        assert (error["msg"], error["lineIp"]) == ("auth_err_user_busy", "192.0.2.7")
        assert (emulator.wrong_passwords, emulator.sign_ins) == (0, 1)
        assert (await sheet.json_list(person)).json()["ret"] == "ok"
        assert (await person.post("/api/auth/logout")).json() == {"ret": "ok", "data": True}
        assert (await sheet.json_sign_in(http)).json()["ret"] == "ok"
        memory.wait(minutes=5)
        person.headers.pop("X-CSRFToken")
        assert (await sheet.json_sign_in(person)).json()["ret"] == "ok"
    assert emulator.sign_outs == 1


@pytest.mark.anyio
async def test_json_gives_one_list_for_a_type_and_all_for_none():
    emulator, memory = sheet.emulated("yealink-json")
    async with client_of("yealink-json", emulator) as http:
        await sheet.json_sign_in(http)
        names = ["placed", "received", "missed", "forwarded"]
        for code, name in enumerate(names, 1):
            found = sheet.read_json((await sheet.json_list(http, code)).text)
            assert {item[0] for item in found} == {name}
            assert len(found) == len(memory.rows(sheet.ListName(name)))


@pytest.mark.anyio
async def test_json_shows_clock_and_settings_and_sends_old_paths_away():
    emulator, _ = sheet.emulated("yealink-json", merging_enabled=True)
    async with client_of("yealink-json", emulator) as http:
        assert (await http.get("/servlet?p=login&q=loginForm")).headers["Location"] == "/api/"
        await sheet.json_sign_in(http)
        assert "2025.03.06_14.30.11" in (await http.get("/api/time/localtime")).text
        asked = {"keys": ["features.save_call_history", "features.call_log_merge.enable"]}
        told = (await http.post("/api/inner/readconfig?p=X", json=asked)).json()["data"]
        assert told == {"features.save_call_history": "1", "features.call_log_merge.enable": "1"}
        unknown = (await http.post("/api/inner/readconfig?p=X", json={"keys": ["nonsense"]})).json()
        assert unknown["error"]["msg"] == "error_invalid_cfg_info"


@pytest.mark.anyio
async def test_a_person_who_signs_in_at_a_json_phone_ends_our_session():
    emulator, _ = sheet.emulated("yealink-json")
    async with client_of("yealink-json", emulator) as http:
        await sheet.json_sign_in(http)
        emulator.occupy("192.0.2.9")
        assert (await sheet.json_list(http)).json()["ret"] == "failed"
        http.headers.pop("X-CSRFToken")
        assert (await sheet.json_sign_in(http)).json()["error"]["lineIp"] == "192.0.2.9"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "method", "target"),
    [
        ("yealink-basic", "GET", "/cgi-bin/ConfigManApp.com?Id=34&Command=1&Number=204&Account=0"),
        ("yealink-basic", "GET", "/cgi-bin/ConfigManApp.com?Id=7"),
        ("yealink-form", "GET", "/servlet?p=contacts-callinfo&q=call&num=204&acc=0"),
        ("yealink-form", "GET", "/servlet?key=OK"),
        ("yealink-blob", "POST", "/servlet?p=settings-config&q=write"),
        ("yealink-servlet", "POST", "/servlet?m=mod_account&p=call&q=dial"),
        ("yealink-servlet", "GET", "/servlet?key=F1;F3;OK"),
        ("yealink-json", "POST", "/api/system/reboot"),
        ("yealink-json", "GET", "/servlet?key=Reboot"),
    ],
)
async def test_a_request_that_a_reader_must_never_send_is_noted(kind, method, target):
    emulator, _ = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        if kind == "yealink-basic":
            http.auth = (sheet.USER, sheet.PASSWORD)
        elif kind == "yealink-form":
            await sheet.form_sign_in(http)
        elif kind == "yealink-blob":
            await sheet.blob_sign_in(http)
        else:
            await (sheet.json_sign_in if kind == "yealink-json" else sheet.servlet_sign_in)(http)
        await http.request(method, target)
    assert [httpx.URL(noted).path for noted in emulator.intrusions] == [target.partition("?")[0]]


def test_header_names_come_in_any_letter_case():
    spelled = set()
    for number in range(16):
        emulator, _ = sheet.emulated("yealink-servlet", number)
        spelled.add(answers(emulator, "/").headers[0][0])
    assert spelled == {"Content-Type", "content-type", "CONTENT-TYPE"}


def test_only_so_many_sign_ins_are_begun_at_one_time():
    emulator, _ = sheet.emulated("yealink-blob")
    first = answers(emulator, "/servlet?p=login&q=getsessionid").content.decode().split(",")[2]
    for _ in range(40):
        answers(emulator, "/servlet?p=login&q=getsessionid")
    assert not emulator.was_issued(first)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("yealink-basic", "/nothing"),
        ("yealink-basic", "/cgi-bin/ConfigManApp.com?Id=99"),
        ("yealink-form", "/cgi-bin/ConfigManApp.com?Id=34"),
        ("yealink-form", "/servlet?m=mod_data&p=contacts-callinfo&q=load"),
        ("yealink-form", "/servlet?p=nothing&q=load"),
        ("yealink-blob", "/servlet?m=mod_data&p=contacts-callinfo&q=load"),
        ("yealink-servlet", "/nothing"),
        ("yealink-servlet", "/servlet?m=mod_data&p=nothing&q=load"),
        ("yealink-json", "/nothing"),
        ("yealink-json", "/api/nothing"),
    ],
)
async def test_what_a_generation_does_not_have_is_not_found(kind, target):
    emulator, _ = sheet.emulated(kind)
    async with client_of(kind, emulator) as http:
        if kind == "yealink-basic":
            http.auth = (sheet.USER, sheet.PASSWORD)
        elif kind == "yealink-form":
            await sheet.form_sign_in(http)
        elif kind != "yealink-blob":
            await (sheet.json_sign_in if kind == "yealink-json" else sheet.servlet_sign_in)(http)
        assert (await http.get(target)).status_code == 404
    assert (emulator.intrusions, emulator.wrong_passwords) == ([], 0)


@pytest.mark.anyio
async def test_json_takes_a_plain_password_on_some_t5x_only():
    taken = {}
    for model in ("T54W", "T46U"):
        taken[model] = 0
        for number in range(12):
            emulator, _ = sheet.emulated("yealink-json", number, model=model)
            async with client_of("yealink-json", emulator) as http:
                fields = {"username": sheet.USER, "pwd": sheet.PASSWORD}
                answer = await http.post("/api/auth/login", data=fields)
            taken[model] += answer.json()["ret"] == "ok"
    assert 0 < taken["T54W"] < 12
    assert taken["T46U"] == 0


@pytest.mark.anyio
async def test_the_old_lists_show_no_year_and_the_newer_ones_show_seconds():
    for kind, shown in (("yealink-basic", b"Thu, Mar 6"), ("yealink-form", b'T("Thu") T("Mar") T("06")')):
        emulator, _ = sheet.emulated(kind)
        async with client_of(kind, emulator) as http:
            if kind == "yealink-form":
                await sheet.form_sign_in(http)
                page = await http.get("/servlet?p=contacts-callinfo&q=load")
            else:
                page = await sheet.basic_list(http)
        assert shown in page.content
        assert b"2025" not in page.content
