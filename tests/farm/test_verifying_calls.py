"""``farm verify --calls`` and ``farm oracle``: a rich office, its kept truth, and what refuses to be scored."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from phonesync.cli.app import app
from phonesync.errors import ConfigError
from phonesync.farm import commands
from phonesync.farm.calltruth import read_truth
from phonesync.farm.outside import Wishes
from phonesync.farm.spec import CALLS_MIX, FarmSpec, with_calls
from phonesync.farm.verifying import START, Verdict, verify


def spec_of(*, tells_groups: bool = True) -> FarmSpec:
    spec = FarmSpec(phones=8, mix=CALLS_MIX, seed=1, chaos=0, start=START, days=0.15)
    return with_calls(spec, tells_groups=tells_groups)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def verdict(kept) -> Verdict:
    return verify(spec_of(), poll=timedelta(hours=3), folder=kept, wishes=Wishes(reporting=0.5))


def test_every_entry_of_a_rich_office_is_known_to_be_of_a_call(verdict):
    assert verdict.card.clean, verdict.card.markdown()
    assert verdict.joined is not None
    assert verdict.joined.learning.rows > 10
    assert verdict.joined.learned.rows == 0
    assert verdict.joined.learning.oracle.precision == 1.0


def test_the_configuration_tells_the_groups_unless_they_have_to_be_learned(kept, verdict, tmp_path):
    told = tomllib.loads((kept / "config.toml").read_text(encoding="utf-8"))
    assert {group["ring"] for group in told["group"]} >= {"pickup"}
    verify(spec_of(tells_groups=False), poll=timedelta(hours=3), folder=tmp_path)
    assert "group" not in tomllib.loads((tmp_path / "config.toml").read_text(encoding="utf-8"))


def test_a_kept_run_is_scored_again_without_simulating_it(kept, verdict, capsys):
    assert len(read_truth(kept).rows) == verdict.joined.learning.rows
    assert commands.oracle(kept) is verdict.joined.passed
    assert capsys.readouterr().out == verdict.joined.markdown()


def test_a_folder_that_is_not_empty_keeps_nothing(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        commands.verify(
            days=1, phones=1, mix=CALLS_MIX, seed=1, chaos=0, poll=timedelta(hours=1), keep=tmp_path
        )


def test_a_file_is_no_folder_to_keep_a_run_in(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ConfigError, match="cannot be used: File exists"):
        commands.verify(
            days=1, phones=1, mix=CALLS_MIX, seed=1, chaos=0, poll=timedelta(hours=1), keep=tmp_path / "mine"
        )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--keep", "run"], "Add --calls"),
        (["--calls", "--keep", "run", "--store", "sqlite:///other.db"], "Leave out --store or --keep"),
    ],
)
def test_what_cannot_be_kept_is_said(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["farm", "verify", *arguments])
    assert result.exit_code != 0
    assert said in str(getattr(result.exception, "hint", result.output))
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_kept_run_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["farm", "oracle", str(tmp_path)])
    assert result.exit_code != 0
