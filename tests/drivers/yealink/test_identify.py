import pytest

from drivers.yealink.identify import basic_identity, form_identity, identify, servlet_identity
from phonesync.errors import LockedOut, UnexpectedResponse
from phonesync.model import Evidence
from tests.drivers.yealink.talks import ScriptedSession, response

NOT_FOUND = response("<html>404</html>", status=404)
TITLE = '<title><script>document.write(T("Enterprise IP phone SIP-T46G"))</script></title>'
FIELDS = '<form><input name="username"><input name="pwd"><input name="jumpto" value="status"></form>'


def challenge(value: str):
    return response(status=401, headers=[("WWW-Authenticate", value)])


@pytest.mark.parametrize(
    ("value", "model"),
    [
        ('Basic realm="Enterprise IP phone SIP-T20P"', "SIP-T20P"),
        ('basic realm="Gigabit Color IP Phone SIP-T46G"', "SIP-T46G"),
        ('Basic realm="Enterprise IP phone"', None),
    ],
)
def test_the_realm_names_the_model_of_v70(value, model):
    found = basic_identity(challenge(value))
    assert (found.variant, found.model, found.evidence) == ("v70-basic", model, Evidence.CERTAIN)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic",
        'Digest realm="Enterprise IP phone"',
        'Basic realm="router"',
        "Basic realm=",
        'Basic nonce="Enterprise IP phone x"',
    ],
)
def test_other_challenges_are_not_ours(value):
    assert basic_identity(challenge(value)) is None


@pytest.mark.parametrize(
    ("firmware", "model", "variant", "evidence"),
    [
        ("66.82.0.20", "T42S", "v84-servlet", Evidence.CERTAIN),
        ("66.84.0.15", "T46S", "v84-servlet", Evidence.CERTAIN),
        ("66.85.0.5", "T48S", "v84-servlet", Evidence.LIKELY),
        ("124.85.257.55", "T31G", "v86-servlet", Evidence.CERTAIN),
        ("127.85.0.1", "", "v86-servlet", Evidence.CERTAIN),
        ("9.85.0.1", "SIP-T33G", "v86-servlet", Evidence.CERTAIN),
        ("124.86.0.75", "T30P", "v86-servlet", Evidence.CERTAIN),
        ("66.86.0.15", "T46S", "v86-servlet", Evidence.LIKELY),
        ("96.87.0.1", "T54W", "v86-servlet", Evidence.LIKELY),
        ("124.84.0.1", "T31G", "v84-servlet", Evidence.CERTAIN),
    ],
)
def test_the_firmware_tells_v84_from_v86(firmware, model, variant, evidence):
    found = servlet_identity(firmware, model, response())
    assert (found.variant, found.firmware, found.evidence) == (variant, firmware, evidence)


@pytest.mark.parametrize("firmware", ["", "x", "66", "66.x.0", "six.eighty"])
def test_without_a_firmware_it_is_not_tried_but_asked_of_the_administrator(firmware):
    with pytest.raises(UnexpectedResponse, match="variant"):
        servlet_identity(firmware, "T46S", response())
    with pytest.raises(UnexpectedResponse, match="variant"):
        form_identity(response('<html><script>g_rsa_n = "ab";</script></html>'))


def test_a_model_is_named_after_the_firmware_where_it_stands_for_one_only():
    assert servlet_identity("69.84.0.1", "", response()).model == "T27G"
    assert servlet_identity("66.84.0.1", "", response()).model is None


@pytest.mark.parametrize(
    ("page", "variant", "model", "firmware"),
    [
        (TITLE, "v72-form", "SIP-T46G", None),
        (FIELDS, "v72-form", None, None),
        (
            f'{TITLE}{FIELDS}<script src="/js/rsa.js?52.81.15.2"></script>',
            "v80-blob",
            "SIP-T46G",
            "52.81.15.2",
        ),
        (f'{FIELDS}<script src="rsa.js?v=5281"></script>', "v80-blob", None, "5281"),
        (f'{FIELDS}<script src="rsa.js"></script>', "v80-blob", None, None),
    ],
)
def test_a_form_tells_its_generation(page, variant, model, firmware):
    found = form_identity(response(f"<html>{page}</html>"))
    assert (found.variant, found.model, found.firmware) == (variant, model, firmware)


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        '<html><form><input name="user"><input type="password" name="pass"></form></html>',
        '<html><form><input name="username"><input name="pwd"></form></html>',
        '<html><script src="/js/rsa.js?1.2"></script></html>',
        '<html><script>T("Other phone X1")</script></html>',
    ],
)
def test_forms_of_others_are_not_ours(page):
    assert form_identity(response(page)) is None


def test_a_cut_form_tells_nothing():
    assert form_identity(response(f"<html>{TITLE}{FIELDS}")) is None
    assert form_identity(response(f"<html>{TITLE}{FIELDS}</html>", status=500)) is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    "first",
    [
        response(
            status=302, headers=[("Location", "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status")]
        ),
        response(
            '<meta http-equiv="refresh" content="0;URL=/servlet?m=mod_listener&amp;p=login&amp;q=loginForm">'
        ),
        response(
            '<script>window.location = "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"</script>'
        ),
        response('<iframe src="/servlet?m=mod_listener&amp;p=login&amp;q=loginForm"></iframe>'),
    ],
)
async def test_the_root_may_lead_to_the_form_in_any_way(first):
    form = response('<html><script>g_rsa_n = "ab"; g_strFirmware = "66.84.0.15";</script></html>')
    session = ScriptedSession(first, form)
    assert (await identify(session)).variant == "v84-servlet"
    assert session.paths == ["GET /", "GET /servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"]


@pytest.mark.anyio
async def test_the_root_may_be_the_form():
    session = ScriptedSession(response(f"<html>{TITLE}{FIELDS}</html>"))
    assert (await identify(session)).variant == "v72-form"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "first", [response(status=302, headers=[("Location", "/api/")]), response("<html></html>"), NOT_FOUND]
)
async def test_json_phones_are_found_whatever_their_root_says(first):
    keys = response('{"ret":"ok","data":{"wui.common.rsaN":"ab","wui.common.rsaE":"10001"}}')
    who = response(
        '{"ret":"ok","data":{"wui.device.phoneName":"T54W","wui.device.firmware":"96.86.0.75","wui.device.mac":"00:00:5E:00:53:01"}}'
    )
    session = ScriptedSession(first, keys, who)
    found = await identify(session)
    assert (found.variant, found.model, found.firmware, found.mac) == (
        "v86-json",
        "T54W",
        "96.86.0.75",
        "00005e005301",
    )
    assert all("Authorization" not in dict(request.headers) for request in session.asked)


@pytest.mark.anyio
async def test_a_json_phone_that_hides_its_identity_is_still_recognised():
    keys = response('{"ret":"ok","data":{"wui.common.rsaN":"ab"}}')
    found = await identify(ScriptedSession(NOT_FOUND, NOT_FOUND, keys, NOT_FOUND))
    assert (found.variant, found.model, found.mac) == ("v86-json", None, None)


@pytest.mark.anyio
async def test_links_of_v70_are_followed_without_their_query():
    links = response(
        '<a href="ConfigManApp.com?Id=7">Reboot</a><a href="http://192.0.2.99/cgi-bin/x">out</a>'
        '<a href="/other">no</a><a href="cgiServer.exx?command=x">T38</a>'
    )
    refused = challenge('Basic realm="Enterprise IP phone SIP-T28P"')
    session = ScriptedSession(
        response("<html></html>"), NOT_FOUND, NOT_FOUND, links, NOT_FOUND, NOT_FOUND, refused
    )
    found = await identify(session)
    assert found.model == "SIP-T28P"
    assert session.paths[3:] == [
        "GET /cgi-bin/",
        "GET /cgi-bin/ConfigManApp.com",
        "GET /cgi-bin/x",
        "GET /cgi-bin/cgiServer.exx",
    ]


@pytest.mark.anyio
async def test_a_phone_that_locks_everybody_out_says_so():
    page = response("<html>You are not authorized. Please try again 3 minutes later</html>", status=403)
    with pytest.raises(LockedOut):
        await identify(ScriptedSession(page))


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 404, 500])
async def test_a_server_of_somebody_else_is_not_ours(status):
    other = response("<html><title>printer</title></html>", status=status)
    session = ScriptedSession(other, other, other, other, other)
    assert await identify(session) is None
    assert len(session.asked) <= 4
