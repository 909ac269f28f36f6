"""Click to call from the list of call-backs."""

import pytest


@pytest.fixture
def orders(show):
    return show.let_dial()


def test_the_number_of_a_call_back_is_dialled_and_no_other_under_its_name(show, orders):
    asker = show.asker("employee")
    one = asker.get("/api/v1/callbacks").json()["items"][0]
    number = one["caller"]["e164"]
    assert f'name="callback" value="{one["id"]}"' in asker.get("/callbacks").text
    told = asker.post("/api/v1/dial", json={"number": number, "callback": one["id"]})
    assert told.status_code == 200, told.text
    wrong = asker.post("/api/v1/dial", json={"number": "+74955550199", "callback": one["id"]})
    assert wrong.status_code == 404
    assert len(orders) == 1


def test_the_head_of_a_department_dials_with_his_own_phone(show, orders):
    asker = show.asker("head")
    one = asker.get("/api/v1/callbacks").json()["items"][0]
    asker.post("/dial", data={"number": one["caller"]["e164"], "callback": one["id"]})
    assert len(orders) == 1
