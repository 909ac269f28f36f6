"""A configuration for the farm's phones, as ``phonesync farm --config-out`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from phonesync.calls.values import Group
from phonesync.farm.desk import Desk
from phonesync.farm.habits import Calls
from phonesync.farm.perfect import groups_of
from phonesync.farm.simulation import FarmWorld


def render_config(
    world: FarmWorld,
    *,
    store: str = "sqlite:///farm.db",
    store_password_env: str | None = None,
    poll: str = "10m",
    driver: bool = True,
    contacts: Path | None = None,
    experimental: bool = False,
) -> str:
    """Renders config.toml for every phone of a farm.

    Args:
        world: The farm.
        store: Address of the store.
        store_password_env: Environment variable with its password; None where it needs none.
        poll: The longest time between two reads of a phone.
        driver: Name the driver of each phone; else it is left to identification where that works.
        contacts: A file of contacts that phones are to know, or None.
        experimental: Allow every phone what nobody has shown on one of its kind.
    """
    head = [
        "# Written by `phonesync farm`: emulated phones; every name, number and password is invented.",
        "[store]",
        f"url = {_text(store)}",
        *([f"password = {{ env = {_text(store_password_env)} }}"] if store_password_env else []),
        "",
        "[site]",
        'name = "Emulated office"',
        f"timezone = {_text(world.spec.zone)}",
        'country = "RU"',
        'area_code = "495"',
        f"extension_length = {world.office.staff.extension_length}",
        "",
        "[agent]",
        f"poll = {_text(poll)}",
        *(
            ["", "[[contacts]]", 'name = "office"', 'kind = "csv"', f"path = {_text(str(contacts))}"]
            if contacts
            else []
        ),
    ]
    blocks = [
        "\n".join(_phone(desk, driver=driver, experimental=experimental)) for desk in world.desks.values()
    ]
    tells = world.spec.calls is Calls.RICH and world.spec.tells_groups
    told = ["\n".join(_group(group)) for group in groups_of(world.office.staff)] if tells else []
    return "\n\n".join(["\n".join(head), *told, *blocks]) + "\n"


def _group(group: Group) -> Iterator[str]:
    yield "[[group]]"
    yield f"name = {_text(group.name)}"
    if group.number is not None:
        yield f"number = {_text(group.number)}"
    yield f"members = [{', '.join(_text(member) for member in group.members)}]"
    yield f"ring = {_text(group.ringing.value)}"
    if group.step_s is not None:
        yield f'step = "{group.step_s:g}s"'


def _phone(desk: Desk, *, driver: bool, experimental: bool) -> Iterator[str]:
    person = desk.employee
    yield "[[phone]]"
    yield f"name = {_text(desk.name)}"
    if driver or not desk.kind.recognised:
        yield f"driver = {_text(desk.kind.driver)}"
    yield f"url = {_text(desk.url)}"
    yield f"username = {_text(desk.kind.account)}"
    yield f"password = {_text(desk.password)}"
    yield f"extension = {_text(person.extension)}"
    if person.name:
        yield f"owner = {_text(person.name)}"
    yield f"department = {_text(person.department)}"
    lines = ", ".join(f"{_text(str(line))} = {_text(account)}" for line, account in person.lines.items())
    yield f"lines = {{ {lines} }}"
    if desk.kind.secure:
        yield 'tls = "tofu"'
    if desk.kind.experimental or experimental:
        yield "experimental = true"
    if desk.memory.traits.shared:
        yield 'quirks = { pool = "shared" }'


def _text(value: str) -> str:
    """A TOML string; JSON's escapes are among TOML's, but for the one sign JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
