"""The kinds of Yealink phone that the farm can stand up, one for each generation of the vendor sheet.

Models and firmware are combinations that the sheet names (1, 1.1, 6.3) or the same prefix with an invented
build number; no unit is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.yealink.emulator_basic import BasicPhone
from drivers.yealink.emulator_blob import BlobPhone
from drivers.yealink.emulator_form import FormPhone
from drivers.yealink.emulator_json import KIND, JsonPhone
from drivers.yealink.emulator_parts import THREE_LISTS
from drivers.yealink.emulator_servlet import ServletPhone, ServletRsaPhone
from drivers.yealink.emulator_side import YealinkSide
from phonesync.driver.emulation import EmulatorKind

_KINDS = (
    EmulatorKind(
        name="yealink-basic",
        driver="yealink",
        variant="v70-basic",
        models=(
            ("T20P", "9.70.0.140"),
            ("T22P", "7.70.0.140"),
            ("T26P", "6.70.0.140"),
            ("T28P", "2.70.0.140"),
            ("T18", "18.70.0.20"),
        ),
        resolution_s=60,
        lists=THREE_LISTS,
        shows_mac=False,
        shows_names=False,
        make=BasicPhone,
        side=YealinkSide,
    ),
    EmulatorKind(
        name="yealink-form",
        driver="yealink",
        variant="v72-form",
        models=(
            ("T20P", "9.72.0.30"),
            ("T21P", "34.72.0.20"),
            ("T28P", "2.71.0.140"),
            ("T46G", "28.73.0.50"),
        ),
        resolution_s=60,
        lists=THREE_LISTS,
        shows_mac=False,
        shows_names=False,
        make=FormPhone,
        side=YealinkSide,
    ),
    EmulatorKind(
        name="yealink-blob",
        driver="yealink",
        variant="v80-blob",
        models=(("T21P_E2", "52.80.14.3"), ("T21P_E2", "52.81.15.2")),
        readable=False,
        shows_mac=False,
        shows_names=False,
        make=BlobPhone,
        side=YealinkSide,
    ),
    EmulatorKind(
        name="yealink-servlet",
        driver="yealink",
        variant="v84-servlet",
        models=(
            ("T46S", "66.84.0.15"),
            ("T42S", "66.82.0.20"),
            ("T48S", "66.85.0.5"),
            ("T21P_E2", "52.84.0.15"),
            ("T54W", "96.84.0.30"),
        ),
        merges=True,
        make=ServletPhone,
        side=YealinkSide,
    ),
    EmulatorKind(
        name="yealink-servlet-rsa",
        driver="yealink",
        variant="v86-servlet",
        models=(
            ("T30P", "124.86.0.75"),
            ("T31G", "124.86.104.1"),
            ("T31G", "124.85.257.55"),
            ("T33G", "124.86.0.40"),
        ),
        secure=True,
        merges=True,
        make=ServletRsaPhone,
        side=YealinkSide,
    ),
    EmulatorKind(
        name=KIND,
        driver="yealink",
        variant="v86-json",
        models=(
            ("T43U", "108.86.0.75"),
            ("T46U", "108.85.0.39"),
            ("T48U", "108.86.0.20"),
            ("T54W", "96.86.0.75"),
            ("T57W", "96.87.0.15"),
        ),
        merges=True,
        make=JsonPhone,
        side=YealinkSide,
    ),
)

EMULATORS: Mapping[str, EmulatorKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
