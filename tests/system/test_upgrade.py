"""A phone's firmware becomes one of another generation: its lists stand under other codes, and nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from phonesync import cli, registry
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse
from phonesync.farm.desk import Desk
from phonesync.model import ListName
from tests.system.office import Office, opened

pytestmark = pytest.mark.anyio

NEWER = {"yealink-servlet": "96.86.0.75", "yealink-servlet-rsa": "108.86.0.75", "yealink-form": "66.84.0.15"}
"""Firmware that each kind gets."""


def upgrade(office: Office, desk: Desk, kind: str, firmware: str) -> None:
    """The same phone with its rows, and another generation of pages."""
    desk.memory.change_firmware(firmware, at=office.clock.now())
    desk.kind = registry.emulators()[kind]
    desk.wired.emulator = desk.kind.make(desk.memory)


def labels(office: Office) -> dict[str, str]:
    return {entry.id: entry.list_name for entry in office.entries()}


def abut(office: Office, name: str) -> None:
    """Every list goes on from its beginning to now, in spans that abut, and nothing is missing from it."""
    spans = office.spans(name)
    for list_name in {span.list_name for span in spans}:
        of_list = [span for span in spans if span.list_name == list_name]
        assert of_list[0].since is None
        assert of_list[-1].until is None
        assert all(before.until == after.since for before, after in pairwise(of_list))
    assert office.broken_spans(name) == []


@pytest.mark.parametrize("knows_mac", [False, True], ids=["MAC unknown before", "MAC known before"])
async def test_servlet_phones_that_become_json_phones_go_on_list_by_list(tmp_path, knows_mac):
    async with opened(tmp_path, phones=4, kinds=("yealink-servlet", "yealink-servlet-rsa")) as office:
        for _ in range(2):
            await office.read()
            office.pass_time(hours=1)
        if knows_mac:
            for name, desk in office.world.desks.items():
                state = office.state(name)
                mac = desk.memory.mac.replace(":", "").lower()
                office.store.save_state(replace(state, mac=mac), before=state)
        before = labels(office)
        assert {"missed", "received"} <= set(before.values())
        for desk in office.world.desks.values():
            upgrade(office, desk, "yealink-json", NEWER[desk.kind.name])
        for _ in range(3):
            assert {result.error for result in (await office.read()).values()} == {None}
            office.pass_time(hours=1)
        after = labels(office)
        assert {entry: after[entry] for entry in before} == before
        assert len(after) > len(before)
        card = office.card()
        assert card.clean, card
        assert (card.doubled.count, card.uncertain.count, card.relabelled, card.untidy.count) == (0, 0, (), 0)
        for name in office.names:
            state = office.state(name)
            assert (state.variant, state.incarnation) == ("v86-json", f"{name}#1")
            assert state.mac is not None
            abut(office, name)


async def test_a_phone_that_goes_back_to_its_old_firmware_goes_on_as_well(tmp_path):
    async with opened(tmp_path, phones=2, kinds=("yealink-servlet",)) as office:
        for kind, firmware in (("yealink-json", "96.86.0.75"), ("yealink-servlet", "96.84.0.30")):
            await office.read()
            office.pass_time(hours=1)
            for desk in office.world.desks.values():
                upgrade(office, desk, kind, firmware)
        await office.read()
        assert office.card().clean
        for name in office.names:
            assert office.state(name).variant == "v84-servlet"
            abut(office, name)


async def test_a_phone_that_begins_to_show_years_and_seconds_doubles_no_row(tmp_path):
    async with opened(tmp_path, phones=2, kinds=("yealink-form",)) as office:
        await office.read()
        before = labels(office)
        for desk in office.world.desks.values():
            upgrade(office, desk, "yealink-servlet", NEWER["yealink-form"])
        results = await office.read()
        assert {(result.ok, result.new) for result in results.values()} == {(True, 0)}
        assert labels(office) == before
        for name in office.names:
            assert office.broken_spans(name) == []


STRANGE = b'{"type":5,"local_name":"201","remote_name":"84955550123","datetime":"2025.10.06_08.15.31"}'


async def test_a_list_code_that_no_sheet_names_is_kept_and_shown_by_its_code(tmp_path, capsys, monkeypatch):
    async with opened(tmp_path, phones=1, kinds=("yealink-json",)) as office:
        (name,) = office.names
        emulator = office.world.desks[name].wired.emulator
        answer = emulator.answer
        strange = STRANGE

        def with_a_strange_list(request: EmulatedRequest) -> EmulatedResponse:
            shown = answer(request)
            head = b'"calls":['
            return replace(shown, content=shown.content.replace(head, head + strange + b",", 1))

        monkeypatch.setattr(emulator, "answer", with_a_strange_list)
        result = (await office.read())[name]
        assert (result.ok, result.lists["5"]) == (True, 1)
        office.pass_time(hours=1)
        await office.read()
        abut(office, name)
        config = str(office.config.path)

        def said(*command: str) -> str:
            capsys.readouterr()
            assert cli.main(["--config", config, *command]) == 0
            return str(capsys.readouterr().out)

        entries = [json.loads(line) for line in said("entries", "--format", "jsonl").splitlines()]
        assert [row["remote_number"] for row in entries if row["list"] == "5"] == ["84955550123"]
        assert {row["list"] for row in entries} <= {"5", *(str(known) for known in ListName)}
        spans = [json.loads(line) for line in said("coverage", "--format", "jsonl").splitlines()]
        assert [row["state"] for row in spans if row["list"] == "5"] == ["unknown", "complete"]
        for command in (("entries",), ("entries", "--format", "csv"), ("coverage",), ("phones",)):
            said(*command)
        strange = STRANGE.replace(b":5,", b":1,")  # the list is gone again, and its row stands in another
        assert (await office.read())[name].ok
        gone = [entry for entry in office.entries(name) if entry.list_name == "5"]
        assert [entry.on_phone for entry in gone] == [False]
        said("coverage", "--format", "jsonl")
