"""``phonesync farm`` and ``demo``: what they ask of the farm."""

import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import phonesync.farm
from phonesync import registry
from phonesync.farm.outside import Wishes
from phonesync.farm.verifying import StoreAt


@pytest.fixture
def farm(monkeypatch):
    """Stands in for the farm: notes what it is asked."""

    class Farm:
        asked = None
        passes = True

        def serve(self, **options):
            self.asked = ("serve", options)

        def verify(self, **options):
            self.asked = ("verify", options)
            return self.passes

        def run(self, **options):
            self.asked = ("demo", options)

    farm = Farm()
    for name in ("commands", "demo"):
        module = ModuleType(f"phonesync.farm.{name}")
        module.__dict__.update(serve=farm.serve, verify=farm.verify, run=farm.run, Front=SimpleNamespace)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(phonesync.farm, name, module, raising=False)
    return farm


def test_farm_serves_every_kind_by_default(run, farm):
    assert run("farm").code == 0
    every = dict.fromkeys(registry.emulators(), 1)
    asked = {"phones": 40, "mix": every, "seed": 1, "chaos": 0, "config_out": None, "settings": None}
    assert farm.asked == ("serve", asked)


def test_farm_takes_its_options(run, farm):
    mix = "yealink-json=4,yealink-servlet=3"
    arguments = ["--phones", "7", "--mix", mix, "--seed", "5", "--chaos", "3", "--config-out", "farm.toml"]
    assert run("farm", *arguments, "--settings", "settings").code == 0
    assert farm.asked == (
        "serve",
        {
            "phones": 7,
            "mix": {"yealink-json": 4, "yealink-servlet": 3},
            "seed": 5,
            "chaos": 3,
            "config_out": Path("farm.toml"),
            "settings": Path("settings"),
        },
    )


def test_verify_takes_its_options(run, farm):
    arguments = ["--days", "3", "--phones", "200", "--chaos", "2", "--seed", "2", "--poll", "2h"]
    assert run("farm", "verify", *arguments).code == 0
    every = dict.fromkeys(registry.emulators(), 1)
    asked = {"days": 3, "phones": 200, "mix": every, "seed": 2, "chaos": 2, "poll": timedelta(hours=2)}
    plain = {"store": None, "wishes": Wishes(), "calls": False, "tells_groups": True, "keep": None}
    assert farm.asked == ("verify", asked | plain)


def test_verify_joins_calls_in_an_office_of_its_own(run, farm, tmp_path):
    assert run("farm", "verify", "--calls", "--learn-groups", "--keep", str(tmp_path / "kept")).code == 0
    _, asked = farm.asked
    assert (asked["calls"], asked["tells_groups"], asked["keep"]) == (True, False, tmp_path / "kept")


def test_verify_takes_what_phones_do_by_themselves(run, farm):
    arguments = ["--names", "--events", "0.5", "--lost", "0.02", "--doubled", "0.01", "--outages", "2"]
    assert run("farm", "verify", *arguments).code == 0
    wishes = Wishes(reporting=0.5, books=True, lost=0.02, doubled=0.01, outages=2)
    assert farm.asked[1]["wishes"] == wishes


def test_verify_takes_a_store_and_finds_its_password(run, farm, monkeypatch):
    monkeypatch.setenv("STORE_PASSWORD", "sesame")
    url = "postgresql+psycopg://phonesync@192.0.2.5/calls"
    assert run("farm", "verify", "--store", url, "--password-env", "STORE_PASSWORD").code == 0
    assert farm.asked[1]["store"] == StoreAt(url, "sesame")


def test_verify_takes_no_store_that_names_nothing(run, farm):
    outcome = run("farm", "verify", "--store", "calls.db")
    assert outcome.code == 2
    assert "command line: URL: is no address of a store" in outcome.err
    assert farm.asked is None


def test_a_verification_that_fails_is_a_bug(run, farm):
    farm.passes = False
    assert run("farm", "verify").code == 70


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["farm", "--mix", "yealink-jsn=1"],
            'unknown kind of phone "yealink-jsn"; did you mean "yealink-json"?',
        ),
        (["farm", "--mix", "grandstream"], "Known: dp7, "),
        (["farm", "--mix", "yealink-json=0"], "whole number above 0"),
        (["farm", "--chaos", "4"], "less than or equal to 3"),
        (["farm", "--phones", "0"], "greater than or equal to 1"),
        (["farm", "verify", "--poll", "2"], "--poll must be a duration"),
    ],
)
def test_a_wrong_option_is_a_mistake_of_usage(run, farm, arguments, message):
    outcome = run(*arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert farm.asked is None


def test_demo_runs_the_demo(run, farm):
    assert run("demo", "--phones", "5").code == 0
    asked, options = farm.asked
    assert (asked, options["phones"], options["seed"]) == ("demo", 5, 1)
