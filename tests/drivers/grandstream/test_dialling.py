"""CTI: the exact requests, what each answer means, and an emulated phone that takes them over a socket."""

import pytest

from drivers.grandstream import DRIVER
from drivers.grandstream.emulator import EMULATORS
from phonesync.clock import SystemClock
from phonesync.driver.dialling import DialOrder, DialRefused, WhyNot
from phonesync.driver.session import Credentials
from phonesync.errors import LockedOut, SignInRefused, UnexpectedResponse, Unsupported
from phonesync.farm.server import FarmServer
from phonesync.transport import Target, Transport
from tests.drivers.grandstream.emulated import PASSWORD, Memory
from tests.drivers.grandstream.talks import CREDENTIALS, asked, connecting, phone

pytestmark = pytest.mark.anyio

ORDER = DialOrder(number="+74955550123", account="201")
FREE = '{"response":"success","body":"available"}'
DONE = '{"response":"success","body":true}'
SECRET = CREDENTIALS.password
STATUS = f"GET /cgi-bin/api-get_phone_status?passcode={SECRET}"
KINDS = ["gxp16-form", "gxp21-history", "grp26-history"]


async def run(steps, connection):
    """Plays an order to its end, each request once."""
    request = next(steps)
    while True:
        assert request.once
        try:
            request = steps.send(await connection.send_once(request))
        except StopIteration:
            return


async def order(httpx_mock, *answers, variant="grp26-history", model="GRP2614", wanted=ORDER):
    for status, text in answers:
        httpx_mock.add_response(status_code=status, text=text)
    async with connecting() as connection:
        await run(DRIVER.dial(wanted, CREDENTIALS, phone=phone(variant, model=model)), connection)


async def test_a_grp26_is_asked_whether_it_is_free_and_told_to_dial(httpx_mock):
    await order(httpx_mock, (200, FREE), (200, DONE))
    call = f"GET /cgi-bin/api-make_call?phonenumber=%2B74955550123&passcode={SECRET}"
    assert asked(httpx_mock) == [STATUS, call]
    for request in httpx_mock.get_requests():
        assert request.headers["Referer"] == "http://192.0.2.11/"


@pytest.mark.parametrize(("variant", "model"), [("gxp16-form", "GXP1625"), ("gxp21-history", "GXP2170")])
async def test_a_gxp_is_told_its_account_and_both_names_of_the_password(httpx_mock, variant, model):
    await order(httpx_mock, (200, FREE), (200, DONE), variant=variant, model=model)
    call = (
        f"GET /cgi-bin/api-make_call?phonenumber=%2B74955550123&account=0&passcode={SECRET}&password={SECRET}"
    )
    assert asked(httpx_mock) == [STATUS, call]


@pytest.mark.parametrize("word", ["ringing", "busy", "oncall"])
async def test_a_phone_with_a_call_is_not_told_to_dial(httpx_mock, word):
    with pytest.raises(DialRefused) as refused:
        await order(httpx_mock, (200, f'{{"response":"success","body":"{word}"}}'))
    assert refused.value.why is WhyNot.IN_CALL
    assert asked(httpx_mock) == [STATUS]


@pytest.mark.parametrize(
    ("answers", "error", "why"),
    [
        ([(200, '{"response":"success","body":{"misc":1}}')], DialRefused, WhyNot.SAID_NO),
        ([(403, "<html>403</html>")], DialRefused, WhyNot.NOT_ALLOWED),
        ([(200, "<html>Forbidden</html>")], DialRefused, WhyNot.NOT_ALLOWED),
        ([(200, '{"response":"error","body":"failed"}')], SignInRefused, None),
        ([(401, "<html>401</html>")], SignInRefused, None),
        ([(200, '{"response":"error","body":"locked","lockTime":5}')], LockedOut, None),
        ([(200, '{"response":"error","body":"wrong3"}')], SignInRefused, None),
        ([(200, "<html>welcome</html>")], UnexpectedResponse, None),
        ([(404, "<html>404</html>")], UnexpectedResponse, None),
        ([(200, FREE), (200, '{"response":"error","body":false}')], DialRefused, WhyNot.SAID_NO),
        ([(200, FREE), (200, '{"response":"success","body":false}')], DialRefused, WhyNot.SAID_NO),
    ],
)
async def test_each_answer_that_is_no_yes(httpx_mock, answers, error, why):
    with pytest.raises(error) as refused:
        await order(httpx_mock, *answers)
    assert getattr(refused.value, "why", None) is why
    assert len(asked(httpx_mock)) == len(answers), "nothing is asked again"


async def test_another_account_than_the_first_is_not_named_by_a_guess(httpx_mock):
    with pytest.raises(DialRefused) as refused:
        await order(httpx_mock, wanted=DialOrder(number="1", line=2))
    assert (refused.value.why, asked(httpx_mock)) == (WhyNot.OTHER_LINE, [])


@pytest.mark.parametrize(
    ("variant", "model", "known"),
    [
        ("gxp16-form", "GXP1625", "certain"),
        ("gxp16-form", "GXP2110", "certain"),
        ("gxp21-history", None, "certain"),
        ("grp26-history", "grp2614", "certain"),
        ("gxp16-form", "GXP1450", "likely"),
        ("grp26-history", "GHP621", "likely"),
        ("grp26-history", "WP826", None),
        ("grp26-history", None, None),
        ("gxv-gmi", "GXV3240", None),
        ("dp7", "DP750", None),
    ],
)
async def test_what_is_only_likely_has_to_be_allowed(variant, model, known):
    route = DRIVER.dial_route(variant=variant, model=model)
    assert (None if route is None else str(route.evidence)) == known
    assert route is None or route.experimental == (known == "likely")
    if route is None:
        with pytest.raises(Unsupported):
            next(DRIVER.dial(ORDER, CREDENTIALS, phone=phone(variant, model=model)))


async def told(emulator, kind, model, password=PASSWORD):
    """What came of an order over a real socket."""
    async with FarmServer() as server:
        url = await server.add("127.0.0.1", 0, emulator)
        context = phone(EMULATORS[kind].variant, model=model, origin=url)
        credentials = Credentials(username="admin", password=password)
        async with Transport(clock=SystemClock()).connect(Target(name="a", url=url)) as connection:
            await connection.read_answers(leniently=context.variant.lenient_http)
            await run(DRIVER.dial(ORDER, credentials, phone=context), connection)


@pytest.fixture(params=[(kind, number) for kind in KINDS for number in (1, 2, 3)], ids=str)
def desk(request):
    """A phone of each kind and with each habit: emulator, kind, model."""
    kind, number = request.param
    model, firmware = EMULATORS[kind].models[0]
    memory = Memory(model=model, firmware=firmware, mac=f"00005e0053{number:02x}")
    return EMULATORS[kind].make(memory), kind, model


async def test_an_emulated_phone_that_allows_us_dials_unless_it_has_a_call(desk):
    emulator = desk[0]
    emulator.remote.allowed = frozenset({"127.0.0.1"})
    await told(*desk)
    assert emulator.remote.dialled == [("+74955550123", "")]
    emulator.remote.in_call = True
    with pytest.raises(DialRefused) as refused:
        await told(*desk)
    assert refused.value.why is WhyNot.IN_CALL
    assert emulator.intrusions == []


async def test_an_emulated_phone_that_does_not_allow_us_dials_nothing(desk):
    with pytest.raises((DialRefused, SignInRefused)):
        await told(*desk)
    assert desk[0].remote.dialled == []


async def test_a_wrong_password_is_offered_once(desk):
    emulator = desk[0]
    emulator.remote.allowed = frozenset({"127.0.0.1"})
    with pytest.raises(SignInRefused):
        await told(*desk, password="wrong")
    assert (emulator.wrong_passwords, emulator.remote.dialled) == (1, [])
