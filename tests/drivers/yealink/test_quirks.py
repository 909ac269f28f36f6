import pytest

from drivers.yealink.quirks import QUIRKS, VARIANTS, model_of, variant_of
from phonesync.errors import DriverError
from phonesync.model import Evidence, ListName, TimeOf

TYPED = ["v70-basic", "v84-servlet", "v86-servlet", "v86-json"]


def test_there_are_six_generations_and_only_v80_is_not_read():
    assert list(VARIANTS) == ["v70-basic", "v72-form", "v80-blob", "v84-servlet", "v86-servlet", "v86-json"]
    assert [name for name, variant in VARIANTS.items() if not variant.readable] == ["v80-blob"]


def test_servlet_and_json_swap_two_and_three():
    assert VARIANTS["v84-servlet"].lists["2"] is ListName.MISSED
    assert VARIANTS["v86-json"].lists["2"] is ListName.RECEIVED
    assert VARIANTS["v70-basic"].lists["2"] is ListName.RECEIVED


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize(
    "quirk", [{"type_2": "missed"}, {"type_3": "received"}, {"type_2": "missed", "type_3": "received"}]
)
def test_either_quirk_settles_both_codes(name, quirk):
    lists = variant_of(name, quirk).lists
    assert (lists["2"], lists["3"]) == (ListName.MISSED, ListName.RECEIVED)
    assert lists["1"] is ListName.PLACED


def test_contradicting_quirks_are_one_sentence():
    with pytest.raises(DriverError, match="both say missed"):
        variant_of("v86-json", {"type_2": "missed", "type_3": "missed"})


@pytest.mark.parametrize(
    ("name", "quirks", "said"),
    [
        ("v99", {}, "v99"),
        ("v86-json", {"typo": "x"}, "typo"),
        ("v86-json", {"pool": "both"}, "pool"),
    ],
)
def test_unknown_names_and_values_are_one_sentence_with_what_is_known(name, quirks, said):
    with pytest.raises(DriverError, match=said) as caught:
        variant_of(name, quirks)
    assert caught.value.hint


def test_a_shared_pool_is_one_group():
    assert variant_of("v86-json", {"pool": "shared"}).pools == (("1", "2", "3", "4"),)
    assert variant_of("v86-json", {"pool": "own"}).pools == (("1",), ("2",), ("3",), ("4",))
    assert variant_of("v80-blob", {"pool": "shared"}).pools == ()


def test_the_meaning_of_the_time_is_unknown_until_it_is_said():
    assert variant_of("v72-form", {}).time_of is TimeOf.UNKNOWN
    assert variant_of("v72-form", {"time_of": "recorded"}).time_of is TimeOf.RECORDED


def test_the_forwarded_list_of_v72_is_a_list_only_where_the_quirk_says_so():
    assert "Forwarded" not in VARIANTS["v72-form"].lists
    assert variant_of("v72-form", {"forwarded_list": "present"}).lists["Forwarded"] is ListName.FORWARDED
    assert variant_of("v86-json", {"forwarded_list": "present"}).lists == VARIANTS["v86-json"].lists


def test_no_quirk_changes_the_table_itself():
    before = {name: dict(variant.lists) for name, variant in VARIANTS.items()}
    for quirk in QUIRKS:
        for name in VARIANTS:
            variant_of(name, {quirk.name: quirk.values[0]})
    assert {name: dict(variant.lists) for name, variant in VARIANTS.items()} == before


def test_no_list_is_called_certain_that_a_single_client_has_read():
    certain = [
        name for name, v in VARIANTS.items() if v.capability("read_call_log").evidence is Evidence.CERTAIN
    ]
    assert certain == ["v72-form"]


def test_models_of_firmware():
    assert (model_of("28.72.0.30"), model_of("66.84.0.15"), model_of(None), model_of("")) == (
        "T46G",
        None,
        None,
        None,
    )
