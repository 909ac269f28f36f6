"""What is pressed on a phone to reach a number."""

import pytest

from phonesync.numbering import DialPlan
from phonesync.phonebook.dialled import dialled

MOSCOW = DialPlan(country="RU", area_code="495", extension_length=3)
BERLIN = DialPlan(country="DE", area_code="30", extension_length=3)


@pytest.mark.parametrize(
    ("plan", "number", "keys"),
    [
        (MOSCOW, "+74955550123", "84955550123"),
        (MOSCOW, "+78125550123", "88125550123"),
        (MOSCOW, "+493012345678", "810493012345678"),
        (BERLIN, "+493012345678", "03012345678"),
        (BERLIN, "+74955550123", "0074955550123"),
        (MOSCOW, "ext:201", "201"),
    ],
)
def test_a_number_is_dialled_as_people_at_the_site_dial_it(plan, number, keys):
    assert dialled(plan, number) == keys


def test_an_outside_line_is_asked_for_but_not_for_a_colleague():
    assert dialled(MOSCOW, "+74955550123", prefix="9") == "984955550123"
    assert dialled(MOSCOW, "ext:201", prefix="9") == "201"
