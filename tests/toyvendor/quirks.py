"""What differs between the toy phones, as rows of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from phonesync.driver.contract import Capability, Quirk, Variant
from phonesync.errors import DriverError
from phonesync.model import Evidence, ListName, TimeOf

QUIRKS = (Quirk(name="pool", values=("own", "shared"), note="Whether the lists share one capacity."),)

_LISTS = {"out": ListName.PLACED, "in": ListName.RECEIVED, "lost": ListName.MISSED}

_CAPABILITIES = (
    Capability(what="identify", supported=True, evidence=Evidence.CERTAIN),
    Capability(what="sign_in", supported=True, evidence=Evidence.CERTAIN),
    Capability(what="read_call_log", supported=True, evidence=Evidence.CERTAIN),
    Capability(what="clock", supported=True, evidence=Evidence.CERTAIN),
    Capability(what="mac", supported=True, evidence=Evidence.CERTAIN),
)

V1 = Variant(
    name="v1",
    title="firmware 1: three lists, times in minutes",
    models=("Toy10",),
    firmware="1.x",
    lists=MappingProxyType(_LISTS),
    pools=(("out",), ("in",), ("lost",)),
    capacity=20,
    shows_year=True,
    resolution_s=60,
    time_of=TimeOf.START,
    capabilities=_CAPABILITIES,
)

V2 = replace(
    V1,
    name="v2",
    title="firmware 2: four lists, times in seconds",
    models=("Toy10", "Toy20"),
    firmware="2.x",
    lists=MappingProxyType({**_LISTS, "away": ListName.FORWARDED}),
    pools=(("out",), ("in",), ("lost",), ("away",)),
    resolution_s=1,
)

VARIANTS: Mapping[str, Variant] = MappingProxyType({"v1": V1, "v2": V2})


def variant_of(name: str, quirks: Mapping[str, str]) -> Variant:
    """The variant of that name with the configured quirks applied."""
    if name not in VARIANTS:
        raise DriverError(f'The toy driver has no variant "{name}".', hint=f"It has {', '.join(VARIANTS)}.")
    variant = VARIANTS[name]
    if quirks.get("pool") == "shared":
        return replace(variant, pools=(tuple(variant.lists),))
    return variant
