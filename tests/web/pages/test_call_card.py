"""A call opened, and the card of a number."""

from lxml import html

from tests.web.pages.test_calls import figures, names, seen, words
from tests.web.showcase import at


def call_at(show, day, clock):
    return next(one.id for one in show.store.calls() if one.started_at == at(day, clock))


def tables(page):
    return [
        [[words(cell) for cell in row.cssselect("td")] for row in one.cssselect("tbody tr")]
        for one in page.cssselect("table")
    ]


def test_a_call_opens_to_its_phones_rows_reasons_and_coverage(show):
    part = html.fromstring(
        "<div>" + show.asker("employee").get(f"/calls/{call_at(show, 0, '10:15')}/details").text + "</div>"
    )
    legs, rows = tables(part)
    assert [(leg[0], leg[2]) for leg in legs] == [
        ("desk-101", "answered"),
        ("desk-102", "rang, answered elsewhere"),
    ]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("desk-101", "received calls", "84955550102"),
        ("desk-102", "missed calls", "84955550102"),
    ]
    assert "The same number rang these phones at the same time." in part.text_content()
    assert "100% of its phones' time around the call is proven." in part.text_content()
    assert "rated 5 of 5" in part.text_content()


def test_why_it_is_one_call_is_told_in_the_readers_language(show):
    asker, address = show.asker("employee"), f"/calls/{call_at(show, 0, '10:15')}/details"
    assert "desk-101 and desk-102 rang for 84955550102 " in asker.get(address).text
    part = asker.get(address, headers={"Accept-Language": "ru"}).text
    assert "На desk-101 и desk-102 звонили с номера 84955550102 " in part
    assert " rang for " not in part


def test_the_card_has_an_address_of_its_own_and_the_history_of_the_number(show):
    page = seen(show.asker("employee").get(f"/calls/{call_at(show, 0, '13:08')}"))
    assert words(page.cssselect("h1")[0]) == "Северный двор, Ирина → Anna Orlova"
    assert "Wants the offer by Friday." in page.text_content()
    assert len(names(page)) == 2


def test_what_was_not_read_again_is_said(show):
    part = show.asker("administrator").get(f"/calls/{call_at(show, 0, '16:01')}/details").text
    assert "desk-101, placed calls: not proven 16:11–16:12" in part


def test_a_call_outside_of_the_scope_is_not_there(show):
    anna = show.asker("employee")
    for address in (f"/calls/{call_at(show, 0, '15:47')}", "/calls/nonsense", "/calls/nonsense/details"):
        assert anna.get(address).status_code == 404


def test_rows_are_masked_for_whoever_may_not_see_numbers(show):
    page = seen(show.asker("analyst").get(f"/calls/{call_at(show, 0, '10:15')}"))
    text = page.text_content()
    assert "84955550102" not in text
    assert "Kowalski" not in text
    assert "8495•••••02" in text


def test_a_private_call_says_so_to_others(show):
    call = call_at(show, 0, "13:08")
    show.store.hide_call(call, "Anna Orlova", user_id=None, hidden=True)
    page = seen(show.asker("head").get(f"/calls/{call}"))
    assert "its employee hides who it was with" in page.text_content()
    assert "Ирина" not in page.text_content()
    assert "84955550101" not in page.text_content()


def test_a_number_tells_all_that_was_spoken_with_it(show):
    page = seen(show.asker("head").get("/numbers/%2B74955550101"))
    assert words(page.cssselect("h1")[0]) == "Северный двор, Ирина"
    told = figures(page)
    assert (told["Calls"], told["First and last call"]) == ("3", "3 Mar – 4 Mar")
    assert "Wants the offer by Friday." in page.text_content()
    assert show.asker("head").get("/numbers/%2B74955559999").status_code == 404


def test_a_number_inside_has_a_card_too(show):
    page = seen(show.asker("administrator").get("/numbers/ext:101"))
    assert words(page.cssselect("h1")[0]) == "Anna Orlova"
