"""What Grandstream phones do by themselves, by name of the variant: events, phonebooks, settings for both."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phonesync.driver.contract import Capability, can, cannot
from phonesync.model import Evidence

_BOOK = can("phonebook_offered", Evidence.CERTAIN, "phonebook.xml; what the user typed is kept (P333 = 0).")
_BY_ALIAS = "Aliases of the vendor's template; the words for yes and no were not seen for every setting."

_NOT_PUSHED = cannot("phonebook_pushed", "No way to write a contact to this generation is documented.")

_NOT_DIALLED = cannot("dial", "No way to let this generation dial is documented.")
_FIRST_ACCOUNT = "CTI of the vendor's guide, by the phone's first account; it must allow our address."

OFFERS: Mapping[str, tuple[Capability, ...]] = MappingProxyType(
    {
        "gxv-gmi": (
            cannot(
                "events",
                "GXV3240 and GXV3275 have events by the vendor's guide from 1.0.3.24 on; no template says "
                "under which settings.",
            ),
            can(
                "phonebook_offered",
                Evidence.CERTAIN,
                "phonebook.xml over HTTP; what the user typed is kept (P333 = 0).",
            ),
            can(
                "phonebook_pushed",
                Evidence.CERTAIN,
                "GMI setcontact, and read back; none is removed, and one is changed only where the phone's "
                "ids have proven good.",
            ),
            can("settings", Evidence.CERTAIN, "P numbers of GXV3240; held to be right for GXV3275."),
            _NOT_DIALLED,
        ),
        "gxp21-history": (
            can("events", Evidence.CERTAIN, "Action URLs by alias; some variables are likely."),
            _BOOK,
            _NOT_PUSHED,
            can("settings", Evidence.LIKELY, _BY_ALIAS),
            can("dial", Evidence.CERTAIN, _FIRST_ACCOUNT),
        ),
        "grp26-history": (
            can(
                "events",
                Evidence.CERTAIN,
                "GRP26xx and WP8x6; under which names GHP6xx has the settings is not known.",
            ),
            _BOOK,
            _NOT_PUSHED,
            can("settings", Evidence.LIKELY, _BY_ALIAS),
            can(
                "dial",
                Evidence.CERTAIN,
                f"{_FIRST_ACCOUNT} GRP26xx; on GHP6xx likely, only with `experimental = true`; not on WP8x6.",
            ),
        ),
        "gxp16-form": (
            can("events", Evidence.CERTAIN, "GXP16xx and GXP17xx; none on GXP14xx and older GXP21xx."),
            _BOOK,
            can(
                "phonebook_pushed",
                Evidence.LIKELY,
                "api-save_contact adds contacts, and cannot read them back; one client, only with "
                "`experimental = true`.",
            ),
            can("settings", Evidence.CERTAIN, "P numbers of each family."),
            can(
                "dial",
                Evidence.CERTAIN,
                f"{_FIRST_ACCOUNT} GXP16xx, GXP17xx, GXP21xx; on GXP14xx likely, only with "
                "`experimental = true`.",
            ),
        ),
        "gxp-html": (
            cannot("events", "No template of this generation has settings for events."),
            can("phonebook_offered", Evidence.CERTAIN, "phonebook.xml, or gs_phonebook.xml on GXP280."),
            _NOT_PUSHED,
            can("settings", Evidence.LIKELY, "P numbers of GXP14xx and GXP21xx; of GXP280 none are known."),
            _NOT_DIALLED,
        ),
        "gxv33-realm": (
            cannot("events", "No template of this generation has settings for events."),
            can(
                "phonebook_offered",
                Evidence.LIKELY,
                "The download is certain; that phonebook.xml has the form of GXP and GRP phones is likely.",
            ),
            _NOT_PUSHED,
            can("settings", Evidence.LIKELY, "P numbers of WP820; aliases of GXV33xx and GXV34xx."),
            _NOT_DIALLED,
        ),
        "dp7": (
            cannot("events", "The template of DP750 has no settings for events."),
            can("phonebook_offered", Evidence.CERTAIN, "One book for the base and its handsets."),
            _NOT_PUSHED,
            can("settings", Evidence.CERTAIN, "P numbers of DP750."),
            cannot("dial", "A base has several handsets, and no way is documented to name one."),
        ),
    }
)
