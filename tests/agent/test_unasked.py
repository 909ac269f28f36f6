"""Phones that nothing is asked of: known from the configuration alone, never connected to, never signed in to."""

from types import MappingProxyType

import pytest

from drivers.others import CISCO, SNOM
from drivers.yealink import DRIVER as YEALINK
from phonesync.agent import commands
from phonesync.driver.contract import implied_variant
from phonesync.store.records import PhoneStanding
from tests.agent.conftest import DRIVERS

pytestmark = pytest.mark.anyio


@pytest.fixture
def installed(lab, monkeypatch):
    """The lab with one more driver installed; its module is pytest's own copy."""
    monkeypatch.setitem(type(lab).poller.__globals__["DRIVERS"], "snom", SNOM)
    return lab


@pytest.fixture
def snom(lab, installed):
    """A phone of a driver that recognises none."""
    desk = lab.add()
    lab.keys["desk-101"] += '\ndriver = "snom"'
    return desk


async def test_such_a_phone_is_never_spoken_to(lab, snom):
    result = await lab.poller().poll("desk-101")
    assert (result.error_kind, result.readable) == ("Unsupported", False)
    assert "Events only" in str(result.error)
    assert (snom.asked, snom.sign_ins) == ([], [])


async def test_what_it_is_is_remembered_from_the_configuration(lab, snom):
    await lab.poller().poll("desk-101")
    state = lab.state()
    assert (state.vendor, state.variant) == ("snom", "snom-events")
    assert state.standing is not PhoneStanding.REFUSED


async def test_a_variant_may_be_named_beside_the_driver(lab, snom):
    lab.keys["desk-101"] += '\nvariant = "snom-events"'
    result = await lab.poller().poll("desk-101")
    assert result.error_kind == "Unsupported"
    assert snom.asked == []


async def test_no_other_phone_is_taken_for_one(lab, installed):
    desk = lab.add()
    assert (await lab.poller().poll("desk-101")).ok
    assert "/about" in desk.asked


async def test_a_check_says_that_nothing_was_asked_and_finds_nothing_wrong(lab, snom, monkeypatch):
    monkeypatch.setenv("PASSWORD", "right")
    drivers = type(lab).poller.__globals__["DRIVERS"]
    (result,) = await commands.check_phones(
        lab.config, ["desk-101"], clock=lab.clock, transport=lab.transport, drivers=drivers
    )
    said = {item.what: (item.ok, item.text) for item in result.items}
    assert said["reachable"] == (None, "not asked: the configuration says what it is")
    assert said["generation"][0] is True
    assert said["list"][0] is None
    assert "tls" not in said
    assert snom.asked == []


def test_only_a_driver_with_one_variant_that_is_never_asked_implies_it():
    assert implied_variant(CISCO).name == "cisco-book"
    assert implied_variant(YEALINK) is None
    assert implied_variant(DRIVERS["desk"]) is None

    class TwoVariants:
        variants = MappingProxyType({**SNOM.variants, **CISCO.variants})

    assert implied_variant(TwoVariants()) is None
