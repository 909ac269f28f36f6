"""Drivers and emulators are found by entry point; a broken one is one sentence."""

import sys
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from phonesync import registry
from phonesync.driver.contract import Driver
from phonesync.driver.emulation import EmulatorKind
from phonesync.driver.session import Request, Response
from phonesync.errors import DriverError, NotIdentified, PhoneUnreachable, UnexpectedResponse
from phonesync.model import PhoneIdentity


class Toy:
    """A driver that answers identification with what it is told to."""

    def __init__(self, name, answer) -> None:
        self.name = name
        self.vendor = name
        self.variants = {"one": None, "other": None}
        self.quirks = ()
        self.answer = answer
        self.asked = 0

    async def identify(self, session):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def capabilities(self, identity, *, quirks=None):
        raise AssertionError("not asked for")

    def login_flow(self, *, phone):
        raise AssertionError("not asked for")

    async def read_call_log(self, session, *, phone):
        raise AssertionError("not asked for")

    async def read_status(self, session, *, phone):
        raise AssertionError("not asked for")


def identity(variant="one"):
    return PhoneIdentity(vendor="toy", variant=variant)


def make(memory: Any) -> Any:
    return memory


def kind(name):
    return EmulatorKind(name=name, driver="toy", variant="one", models=(("T1", "1.0"),), make=make)


@pytest.fixture
def plugins(monkeypatch):
    """Registers objects of an invented module as entry points."""
    registry.drivers.cache_clear()
    registry.emulators.cache_clear()
    module = ModuleType("invented_plugin")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points: list[EntryPoint] = []
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: [point for point in points if point.group == group]
    )

    def add(name, attribute, value=None, *, group=registry.DRIVERS):
        if value is not None:
            setattr(module, attribute, value)
        points.append(EntryPoint(name=name, value=f"invented_plugin:{attribute}", group=group))

    yield add
    registry.drivers.cache_clear()
    registry.emulators.cache_clear()


def test_the_drivers_of_this_distribution_are_found():
    registry.drivers.cache_clear()
    found = registry.drivers()
    assert isinstance(found["yealink"], Driver)
    assert found["yealink"].vendor == "yealink"


def test_the_emulators_of_this_distribution_name_drivers_and_variants_that_exist():
    registry.emulators.cache_clear()
    kinds = registry.emulators()
    assert kinds
    for one in kinds.values():
        assert one.variant in registry.drivers()[one.driver].variants


def test_drivers_come_sorted_and_are_loaded_once(plugins):
    plugins("b", "B", Toy("b", None))
    plugins("a", "A", Toy("a", None))
    assert list(registry.drivers()) == ["a", "b"]
    assert registry.drivers() is registry.drivers()


def test_no_driver_at_all_is_an_empty_mapping(plugins):
    assert dict(registry.drivers()) == {}
    assert dict(registry.emulators()) == {}


@pytest.mark.parametrize(
    ("name", "attribute", "value", "message"),
    [
        ("toy", "GONE", None, "cannot be loaded: AttributeError"),
        ("toy", "TOY", SimpleNamespace(name="toy"), "is no driver"),
        ("toy", "TOY", Toy("other", None), 'registered as "toy" but calls itself "other"'),
    ],
)
def test_a_broken_driver_is_one_sentence(plugins, name, attribute, value, message):
    plugins(name, attribute, value)
    with pytest.raises(DriverError) as raised:
        registry.drivers()
    assert message in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint.startswith("Repair or uninstall")


@pytest.mark.parametrize(
    "fault", ["1 / 0", "import nowhere_at_all", "x y", "raise RuntimeError('a\\nb')", "{}['k']"]
)
def test_a_module_that_fails_on_import_is_one_sentence(plugins, monkeypatch, tmp_path, fault):
    (tmp_path / "invented_broken.py").write_text(fault)
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(name="toy", value="invented_broken:TOY", group=registry.DRIVERS)]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: points)
    with pytest.raises(DriverError, match="cannot be loaded") as raised:
        registry.drivers()
    assert "\n" not in raised.value.message


def test_two_drivers_of_one_name_are_refused(plugins):
    plugins("toy", "A", Toy("toy", None))
    plugins("toy", "B", Toy("toy", None))
    with pytest.raises(DriverError, match='both register "toy"'):
        registry.drivers()


def test_emulators_of_several_plugins_are_merged(plugins):
    plugins("b", "B", {"b-new": kind("b-new"), "b-old": kind("b-old")}, group=registry.EMULATORS)
    plugins("a", "A", {"a-one": kind("a-one")}, group=registry.EMULATORS)
    assert list(registry.emulators()) == ["a-one", "b-new", "b-old"]


def test_what_is_no_mapping_of_kinds_is_refused(plugins):
    plugins("a", "A", [kind("a")], group=registry.EMULATORS)
    with pytest.raises(DriverError, match="no mapping of emulator kinds"):
        registry.emulators()


def test_a_kind_that_is_taken_or_misnamed_is_refused(plugins):
    plugins("a", "A", {"x": kind("x")}, group=registry.EMULATORS)
    plugins("b", "B", {"x": kind("x")}, group=registry.EMULATORS)
    with pytest.raises(DriverError, match='brings the emulator kind "x"'):
        registry.emulators()


async def identify(drivers: Any, *, only: str | None = None) -> tuple[Any, PhoneIdentity]:
    session: Any = None
    return await registry.identify(session, drivers, only=only)


def drivers_of(*toys):
    return {toy.name: toy for toy in toys}


@pytest.mark.anyio
async def test_the_one_driver_that_claims_a_phone_gets_it():
    mine = Toy("b", identity())
    driver, found = await identify(drivers_of(Toy("a", None), mine, Toy("c", None)))
    assert driver is mine
    assert found == identity()


@pytest.mark.anyio
async def test_only_the_named_driver_is_asked():
    other, mine = Toy("a", identity()), Toy("b", identity())
    driver, _ = await identify(drivers_of(other, mine), only="b")
    assert driver is mine
    assert other.asked == 0


@pytest.mark.anyio
async def test_a_phone_nobody_recognises_is_told_with_the_drivers_asked():
    with pytest.raises(NotIdentified, match=r"No driver recognises this phone \(asked: a, b\)"):
        await identify(drivers_of(Toy("a", None), Toy("b", None)))
    with pytest.raises(NotIdentified, match="none is installed"):
        await identify({})
    with pytest.raises(NotIdentified, match="The driver a does not recognise this phone"):
        await identify(drivers_of(Toy("a", None), Toy("b", identity())), only="a")


BOMB = b'<!DOCTYPE html [<!ENTITY a "ha">]><html><body>&a;</body></html>'


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"status": 500}, r": it answered with status 500\."),
        (
            {"status": 302, "headers": (("Location", "https://me:secret@192.0.2.66/a?b=c"),)},
            r": it redirects elsewhere, to https://192.0.2.66\.",
        ),
        ({"status": 302, "headers": (("Location", "/index.htm"),)}, r": it answered with status 302\."),
        (
            {"content": b"<html><title> Router </title></html>"},
            r': it answered with a page titled "Router"\.',
        ),
        ({"content": b"<html><body>x</body></html>"}, r": it answered with a page without a title\."),
        ({"content": b"<!--"}, r": it answered with something that is no page\."),
        ({"content": BOMB}, r"The answer declares entities"),
    ],
)
async def test_a_phone_nobody_recognises_is_told_with_how_it_answered(response, says):
    class Asking(Toy):
        async def identify(self, session):
            await session.send(Request(path="/"))
            return await super().identify(session)

    class Answering:
        async def send(self, request, /):
            return Response(**({"status": 200, "at": datetime.now(UTC)} | response))

        def now(self):
            return datetime.now(UTC)

    for only in (None, "a"):
        with pytest.raises(NotIdentified, match=says) as caught:
            await registry.identify(Answering(), drivers_of(Asking("a", None)), only=only)
        assert "secret" not in str(caught.value)


@pytest.mark.anyio
async def test_two_drivers_that_claim_one_phone_are_an_error():
    with pytest.raises(DriverError, match="a and b both claim"):
        await identify(drivers_of(Toy("a", identity()), Toy("b", identity())))


@pytest.mark.anyio
async def test_an_unknown_driver_is_told_with_the_nearest():
    with pytest.raises(DriverError, match=r'Unknown driver "yaelink"; did you mean "yealink"\?'):
        await identify(drivers_of(Toy("yealink", None)), only="yaelink")


@pytest.mark.anyio
async def test_a_variant_the_driver_does_not_have_is_its_mistake():
    with pytest.raises(DriverError, match='identified the variant "two"'):
        await identify(drivers_of(Toy("a", identity("two"))))


@pytest.mark.anyio
async def test_a_strange_answer_to_one_driver_hides_no_other():
    strange = Toy("a", UnexpectedResponse("What is that."))
    mine = Toy("b", identity())
    assert (await identify(drivers_of(strange, mine)))[0] is mine
    with pytest.raises(UnexpectedResponse):
        await identify(drivers_of(strange, Toy("b", None)))


@pytest.mark.anyio
async def test_an_unreachable_phone_is_asked_once():
    other = Toy("b", identity())
    with pytest.raises(PhoneUnreachable):
        await identify(drivers_of(Toy("a", PhoneUnreachable("Gone.")), other))
    assert other.asked == 0
