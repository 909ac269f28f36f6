"""``phonesync drivers``: what can be read, with evidence."""

from phonesync import registry


def test_every_variant_is_shown_with_its_evidence(run):
    outcome = run("drivers")
    assert outcome.code == 0
    assert outcome.err == ""
    for driver in registry.drivers().values():
        assert f"{driver.name}: phones of the vendor" in outcome.out
        for variant in driver.variants.values():
            assert f"  {variant.name}: {variant.title}" in outcome.out
            for item in variant.capabilities:
                assert item.evidence.value in outcome.out
                assert item.note in outcome.out
        for quirk in driver.quirks:
            assert f"{quirk.name} = {' | '.join(quirk.values)}" in outcome.out


def test_a_list_that_cannot_be_read_says_why(run):
    refusals = [
        variant.refusal
        for driver in registry.drivers().values()
        for variant in driver.variants.values()
        if not variant.readable
    ]
    assert refusals
    for refusal in refusals:
        assert f"not readable: {refusal}" in run("drivers").out


def test_no_driver_is_said(run, monkeypatch):
    monkeypatch.setattr(registry, "drivers", dict)
    outcome = run("drivers")
    assert outcome.code == 0
    assert "No driver is installed." in outcome.err
