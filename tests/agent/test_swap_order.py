"""What a person ordered about list codes, and which variants it reaches."""

import pytest

from phonesync import registry
from phonesync.agent.reading import swap_order


@pytest.mark.parametrize(
    ("variant", "swapped", "by"),
    [
        ("v84-servlet", (), None),
        ("v84-servlet", ("v84-servlet",), "v84-servlet"),
        ("v86-servlet", ("v84-servlet",), "v84-servlet"),
        # The newer default agrees with what was stated of the older one.
        ("v86-json", ("v84-servlet",), None),
        ("v86-json", ("v86-json", "v84-servlet"), "v86-json"),
        # The later of two statements holds.
        ("v86-servlet", ("v84-servlet", "v86-json"), None),
        ("v86-servlet", ("v86-json", "v84-servlet"), "v84-servlet"),
        ("v80-blob", ("v84-servlet",), None),
        ("v84-servlet", ("v80-blob", "gone"), None),
        ("gone", ("v84-servlet",), None),
    ],
)
def test_an_order_reaches_every_variant_on_which_the_codes_would_mean_something_else(variant, swapped, by):
    assert swap_order(registry.drivers()["yealink"], variant, swapped) == by
