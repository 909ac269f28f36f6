"""The kinds of Grandstream phone that the farm can stand up, one for each dialect of the vendor sheet.

Models and firmware are combinations that the sheet names (source names, 1, 6.4), or the same model with an
invented build of the same generation; no unit is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.grandstream.emulator_challenge import IdentityCookiePhone, SidCookiePhone
from drivers.grandstream.emulator_form import FormPhone
from drivers.grandstream.emulator_gmi import GmiPhone
from drivers.grandstream.emulator_html import HtmlPhone
from drivers.grandstream.emulator_parts import THREE_LISTS
from drivers.grandstream.emulator_realm import BaseStation, RealmPhone
from drivers.grandstream.emulator_side import GrandstreamSide
from phonesync.driver.emulation import EmulatorKind

_DRIVER = "grandstream"

_KINDS = (
    EmulatorKind(
        name="gxv-gmi",
        driver=_DRIVER,
        variant="gxv-gmi",
        models=(("GXV3240", "1.0.3.144"), ("GXV3275", "1.0.3.144"), ("GXP2200", "1.0.1.33")),
        account="gmiadmin",
        lists=THREE_LISTS,
        shows_mac=False,
        pools=False,
        newest_only=True,
        shows_names=False,
        make=GmiPhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="gxp21-history",
        driver=_DRIVER,
        variant="gxp21-history",
        models=(("GXP2170", "1.0.11.106"), ("GXP2135", "1.0.11.79"), ("GXP2160", "1.0.11.79")),
        lists=THREE_LISTS,
        pools=False,
        experimental=True,
        make=IdentityCookiePhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="grp26-history",
        driver=_DRIVER,
        variant="grp26-history",
        models=(("GRP2614", "1.0.9.103"), ("GRP2612", "1.0.5.15"), ("GRP2616", "1.0.9.103")),
        lists=THREE_LISTS,
        pools=False,
        experimental=True,
        make=SidCookiePhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="gxp16-form",
        driver=_DRIVER,
        variant="gxp16-form",
        models=(("GXP1625", "1.0.4.33"), ("GXP1628", "1.0.4.138"), ("GXP1625", "1.0.7.81")),
        readable=False,
        pools=False,
        shows_names=False,
        make=FormPhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="gxp-html",
        driver=_DRIVER,
        variant="gxp-html",
        models=(("GXP1450", "1.0.4.23"), ("GXP280", "1.2.5.3"), ("GXP2000", "1.2.5.3")),
        readable=False,
        shows_mac=False,
        pools=False,
        shows_names=False,
        make=HtmlPhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="gxv33-realm",
        driver=_DRIVER,
        variant="gxv33-realm",
        models=(("GXV3350", "1.0.1.8"), ("GXV3370", "1.0.1.33"), ("WP820", "1.0.1.16")),
        account="gmiadmin",
        readable=False,
        shows_mac=False,
        pools=False,
        shows_names=False,
        make=RealmPhone,
        side=GrandstreamSide,
    ),
    EmulatorKind(
        name="dp7",
        driver=_DRIVER,
        variant="dp7",
        models=(("DP750", "1.0.2.16"),),
        readable=False,
        shows_mac=False,
        pools=False,
        shows_names=False,
        make=BaseStation,
        side=GrandstreamSide,
    ),
)

EMULATORS: Mapping[str, EmulatorKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
