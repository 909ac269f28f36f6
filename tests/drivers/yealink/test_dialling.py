"""Action URI: the exact request, what each answer means, and an emulated phone that takes it over a socket."""

import pytest

from drivers.yealink import DRIVER
from drivers.yealink.dialling import ROUTES
from drivers.yealink.emulator import EMULATORS
from phonesync.clock import SystemClock
from phonesync.driver.dialling import DialOrder, DialRefused, WhyNot, can_be_dialled
from phonesync.driver.session import Credentials
from phonesync.errors import LockedOut, PhoneBusy, SignInRefused, UnexpectedResponse, Unsupported
from phonesync.farm.server import FarmServer
from phonesync.transport import Target, Transport
from tests.drivers.yealink.emulated import PASSWORD, USER, emulated
from tests.drivers.yealink.talks import CREDENTIALS, phone, play, response

ORDER = DialOrder(number="+74955550123", account="201", server="pbx.example")
OWN = Credentials(username=USER, password=PASSWORD)
LOGIN_FORM = '<html><form><input name="username"><input name="pwd"></form></html>'
LOCKED = '{"authstatus":"lock","locktime":"3"}'
BUSY = '{"ret":"failed","error":{"msg":"auth_err_user_busy","lineIp":"192.0.2.7"}}'


def asked(variant, order=ORDER):
    _, requests = play(DRIVER.dial(order, CREDENTIALS, phone=phone(variant)), response("OK"))
    (request,) = requests
    assert request.once
    assert request.method == "GET"
    return request


def test_the_order_is_the_address_of_the_vendors_guide_and_hides_the_password():
    request = asked("v80-blob")
    assert request.target == (
        "/servlet?p=login&q=login&username=admin&pwd=Blue-Anchor-42&jumpto=URI"
        "&key=number=%2B74955550123&outgoing_uri=201@pbx.example"
    )
    assert CREDENTIALS.password not in request.path
    assert CREDENTIALS.password not in repr(request)


def test_without_a_server_the_phone_chooses_the_account():
    assert asked("v84-servlet", DialOrder(number="*21#", account="201")).path.endswith("&key=number=*21%23")


def test_v70_takes_the_password_in_a_header():
    request = asked("v70-basic")
    assert request.target == (
        "/cgi-bin/ConfigManApp.com?key=number=%2B74955550123&outgoing_uri=201@pbx.example"
    )
    assert dict(request.headers)["Authorization"].startswith("Basic ")


def test_only_the_guided_generation_dials_without_being_allowed_to_try():
    assert [name for name, route in ROUTES.items() if not route.experimental] == ["v80-blob"]
    assert all(DRIVER.dial_route(variant=name, model=None) == route for name, route in ROUTES.items())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (response("<html>403</html>", status=403), DialRefused),
        (response("<html>401</html>", status=401), SignInRefused),
        (response(LOGIN_FORM), SignInRefused),
        (response(status=302, headers=[("Location", "/servlet?p=login&q=loginForm")]), SignInRefused),
        (response(status=302, headers=[("Location", "/api/")]), UnexpectedResponse),
        (response("<html>404</html>", status=404), UnexpectedResponse),
        (response(LOCKED, status=403), LockedOut),
        (response(BUSY), PhoneBusy),
    ],
    ids=["not allowed", "401", "form", "back to the form", "elsewhere", "missing", "locked", "busy"],
)
def test_each_answer_that_is_no_yes(answer, error):
    found, requests = play(DRIVER.dial(ORDER, CREDENTIALS, phone=phone("v80-blob")), answer)
    assert type(found) is error
    assert len(requests) == 1
    if error is DialRefused:
        assert found.why is WhyNot.NOT_ALLOWED
        assert "features.action_uri_limit_ip" in found.hint


def test_another_account_needs_its_server():
    order = DialOrder(number="1", account="202", line=2)
    found, requests = play(DRIVER.dial(order, CREDENTIALS, phone=phone("v80-blob")))
    assert (found.why, requests) == (WhyNot.OTHER_LINE, [])


def test_a_variant_of_no_known_way_is_not_asked():
    context = phone("v80-blob")
    object.__setattr__(context, "variant", DRIVER.variants["v84-servlet"].__class__(
        **{**{name: getattr(context.variant, name) for name in context.variant.__slots__}, "name": "v99"}
    ))  # fmt: skip
    found, requests = play(DRIVER.dial(ORDER, CREDENTIALS, phone=context))
    assert (type(found), requests) == (Unsupported, [])


@pytest.mark.parametrize("number", ["", "tel:1", "1 2", "1,2", "a", "1" * 33])
def test_what_is_no_key_of_a_telephone_is_not_dialled(number):
    assert not can_be_dialled(number)


async def order_over_a_socket(kind, emulator, credentials=OWN, number="+74955550123"):
    """What the phone answered, over a real socket."""
    kind_of = EMULATORS[kind]
    context = phone(kind_of.variant)
    async with FarmServer() as server:
        url = await server.add("127.0.0.1", 0, emulator, secure=kind_of.secure)
        target = Target(name="desk-201", url=url, tls="insecure")
        async with Transport(clock=SystemClock()).connect(target) as connection:
            steps = DRIVER.dial(
                DialOrder(number=number, account="201", server="pbx.example"), credentials, phone=context
            )
            request = next(steps)
            try:
                steps.send(await connection.send_once(request))
            except StopIteration:
                return None
            except Exception as error:  # noqa: BLE001  the error is the result under test
                return error


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(EMULATORS))
async def test_an_emulated_phone_that_allows_us_dials(kind):
    emulator, _ = emulated(kind)
    emulator.remote.allowed = frozenset({"127.0.0.1"})
    assert await order_over_a_socket(kind, emulator) is None
    assert emulator.remote.dialled == [("+74955550123", "201")]
    assert emulator.intrusions == []
    emulator.remote.in_call = True
    assert await order_over_a_socket(kind, emulator) is None, "what it says during a call is not known"
    assert len(emulator.remote.dialled) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(EMULATORS))
async def test_an_emulated_phone_that_does_not_allow_us_says_403(kind):
    emulator, _ = emulated(kind)
    refused = await order_over_a_socket(kind, emulator)
    assert isinstance(refused, DialRefused)
    assert refused.why is WhyNot.NOT_ALLOWED
    assert emulator.remote.dialled == []
    assert len(emulator.intrusions) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(EMULATORS))
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_wrong_password_counts_on_the_phone_until_it_locks(kind, number):
    emulator, _ = emulated(kind, number)
    emulator.remote.allowed = frozenset({"127.0.0.1"})
    wrong = Credentials(username=USER, password="wrong")
    assert isinstance(await order_over_a_socket(kind, emulator, wrong), SignInRefused)
    assert emulator.wrong_passwords == 1
    emulator.lock_out()
    assert isinstance(await order_over_a_socket(kind, emulator), LockedOut)
    assert emulator.remote.dialled == []
