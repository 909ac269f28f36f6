"""The variants and quirks: rows of data that agree with themselves and say how well they are known."""

from __future__ import annotations

from collections.abc import Iterator

from phonesync.driver.contract import Capability, Driver, Variant, implied_variant
from phonesync.model import Evidence, ListName, PhoneIdentity
from phonesync.testing.checks.subject import Subject, require
from phonesync.testing.replay import variant_of

CAPABILITIES = frozenset(
    {
        *("identify", "sign_in", "read_call_log", "clock", "zone", "mac", "accounts"),
        *("history_setting", "merging_setting", "sign_out"),
        *("events", "phonebook_offered", "phonebook_pushed", "settings", "dial"),
    }
)
"""The words that :class:`phonesync.driver.contract.Capability` knows."""

_RESOLUTIONS = (1, 60)


async def variants_agree_with_themselves(subject: Subject) -> None:
    """Each list code stands in exactly one pool; refusals say why; everything carries evidence."""
    driver = subject.driver
    require(bool(driver.variants), f"{driver.name} has no variant.")
    for name, variant in driver.variants.items():
        for wrong in _faults_of(name, variant):
            require(kept=False, message=f"variant {name}: {wrong}.")


async def quirks_are_documented(subject: Subject) -> None:
    """Each quirk says what it decides, offers values, and each value gives a variant that holds together."""
    driver = subject.driver
    names = [quirk.name for quirk in driver.quirks]
    require(len(names) == len(set(names)), f"{driver.name} has two quirks of one name: {names}.")
    for quirk in driver.quirks:
        require(bool(quirk.values), f"quirk {quirk.name} offers no values.")
        sentence = quirk.note.strip()
        require(sentence.endswith("."), f"quirk {quirk.name} does not say in one sentence what it decides.")
        for variant in driver.variants.values():
            for value in quirk.values:
                changed = _quirked(driver, variant, {quirk.name: value})
                wrong = next(_faults_of(variant.name, changed), "")
                require(not wrong, f"quirk {quirk.name} = {value!r} on {variant.name}: {wrong}.")


async def each_variant_has_a_fixture(subject: Subject) -> None:
    """Every variant is shown by a fixture, and every readable one by a fixture with rows.

    A driver that nothing is asked of has none.
    """
    if implied_variant(subject.driver) is not None:
        return
    for variant in subject.driver.variants.values():
        own = [case for case in subject.cases if case.variant == variant.name]
        require(bool(own), f"variant {variant.name} has no fixture.")
        shown = not variant.readable or any(case.rows for case in own)
        require(shown, f"variant {variant.name} is readable, but no fixture of it shows a row.")
    unknown = {case.variant for case in subject.cases} - set(subject.driver.variants)
    require(
        not unknown, f"fixtures name variants that {subject.driver.name} does not have: {sorted(unknown)}."
    )


def _quirked(driver: Driver, variant: Variant, quirks: dict[str, str]) -> Variant:
    identity = PhoneIdentity(vendor=driver.vendor, variant=variant.name)
    return variant_of(driver, identity, quirks)


def _faults_of(name: str, variant: Variant) -> Iterator[str]:
    if variant.name != name:
        yield f"is called {variant.name!r} inside"
    if not (variant.title and variant.models and variant.firmware):
        yield "lacks title, models or firmware in words"
    yield from _faults_of_lists(variant)
    if variant.resolution_s not in _RESOLUTIONS:
        yield f"resolution_s is {variant.resolution_s}, should be 1 or 60"
    if variant.capacity is not None and variant.capacity < 1:
        yield f"capacity is {variant.capacity}"
    if (variant.experimental or not variant.readable) != bool(variant.refusal):
        yield "needs a refusal where it is not readable or experimental, and only there"
    yield from _faults_of_capabilities(variant)


def _faults_of_lists(variant: Variant) -> Iterator[str]:
    pooled = [code for pool in variant.pools for code in pool]
    if sorted(pooled) != sorted(variant.lists):
        yield f"pools hold the codes {sorted(pooled)}, lists are {sorted(variant.lists)}: not each once"
    if not all(isinstance(item, ListName) for item in variant.lists.values()):
        yield "a list code means something that is no ListName"
    if len(set(variant.lists.values())) != len(variant.lists):
        yield "two list codes mean the same list"
    if variant.readable and not variant.lists:
        yield "is readable, but has no list"
    if variant.swap is not None and not set(variant.swap) <= set(variant.lists):
        yield f"swap names codes {variant.swap} that are no lists"


def _faults_of_capabilities(variant: Variant) -> Iterator[str]:
    words = [item.what for item in variant.capabilities]
    if len(words) != len(set(words)):
        yield f"says something twice: {words}"
    for item in variant.capabilities:
        yield from _faults_of_capability(item)
    for what in ("identify", "sign_in", "read_call_log"):
        if variant.capability(what) is None:
            yield f"does not say whether {what} works"
    reads = variant.capability("read_call_log")
    if reads is not None and reads.supported != variant.readable:
        yield "read_call_log and readable contradict each other"
    leaves = variant.capability("sign_out")
    if leaves is not None and leaves.supported != variant.signs_out:
        yield "sign_out and signs_out contradict each other"


def _faults_of_capability(item: Capability) -> Iterator[str]:
    if item.what not in CAPABILITIES:
        yield f"{item.what!r} is no capability; there are {', '.join(sorted(CAPABILITIES))}"
    if not isinstance(item.evidence, Evidence):
        yield f"{item.what} carries no evidence"
    if item.evidence in {Evidence.GUESS, Evidence.UNKNOWN} and item.supported and not item.note:
        yield f"{item.what} rests on a guess and has no note that says so"
