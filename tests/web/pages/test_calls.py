"""The journal: its figures, tabs, list, filters, and what comes newly into it."""

import re

import pytest
from lxml import html

from phonesync.errors import ConfigError
from phonesync.store.journal.records import Cursor
from phonesync.web.pages import calls
from tests.store.offices import join_all
from tests.web.showcase import MEANS, NOW, READERS, ShowOffice, at


def seen(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def words(element):
    return " ".join(element.text_content().split())


def figures(page):
    return {words(div.find("dt")): words(div.find("dd")) for div in page.cssselect("dl.figures > div")}


def names(page):
    return [words(one.cssselect(".from .name, .from .muted")[0]) for one in page.cssselect("details.call")]


def test_the_first_page_leads_to_what_somebody_may_see(show):
    assert show.asker("employee").get("/").headers["location"] == "/calls"
    assert show.asker("auditor").get("/").headers["location"] != "/calls"


def test_figures_tabs_and_days_stand_above_the_list(show):
    page = seen(show.asker("administrator").get("/calls"))
    told = figures(page)
    assert (told["Calls"], told["Answered"], told["Missed"], told["Still open"]) == ("17", "13", "3", "2")
    assert [words(one) for one in page.cssselect(".tabs a")] == [
        "All 17",
        "Missed 3",
        "Received 7",
        "Outgoing 5",
        "Internal 2",
    ]
    assert [words(one) for one in page.cssselect(".day h2")] == ["Today, 4 March", "Yesterday, 3 March"]


def test_a_row_tells_its_kind_its_ends_and_its_marks(show):
    page = seen(show.asker("employee").get("/calls?q=Ирина&period=today"))
    newest = page.cssselect("details.call")[0]
    assert newest.get("class") == "call received"
    assert newest.cssselect(".kind")[0].get("title") == "incoming call, answered"
    assert words(newest.cssselect(".at")[0]) == "13:08"
    assert words(newest.cssselect(".from")[0]) == "from Северный двор, Ирина +7 495 555-01-01"
    assert words(newest.cssselect(".talk")[0]) == "talked 4:05"
    assert words(newest.cssselect(".marks")[0]) == "important 1"


def test_everybody_sees_the_calls_of_his_scope(show):
    told = {
        role: figures(seen(show.asker(role).get("/calls")))["Calls"] for role in READERS if role != "auditor"
    }
    assert told == {"employee": "10", "head": "11", "analyst": "17", "administrator": "17"}
    assert show.asker("auditor").get("/calls").status_code == 403


def test_numbers_are_masked_for_whoever_may_not_see_them(show):
    clara = show.asker("analyst")
    page = seen(clara.get("/calls"))
    assert "+749555501" not in page.text_content().replace(" ", "").replace("-", "")
    assert "Lumen Design" not in page.text_content()
    refused = seen(clara.get("/calls?q=Lumen"))
    assert len(refused.cssselect(".note.bad li")) == 1
    assert len(refused.cssselect("details.call")) == 17


def test_the_page_speaks_the_readers_language(show):
    page = seen(show.asker("employee").get("/calls", headers={"Accept-Language": "ru"}))
    assert [words(one) for one in page.cssselect(".day h2")] == ["Сегодня, 4 марта", "Вчера, 3 марта"]
    assert "Пропущенные" in figures(page)


def test_a_form_with_empty_fields_leads_to_a_tidy_address(show):
    answer = show.asker("employee").get("/calls?q=&tab=missed&since=&period=7d&talk_from=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?tab=missed")


def test_filters_in_force_are_chips_that_can_be_taken_off(show):
    page = seen(
        show.asker("employee").get("/calls?outcome=missed&outcome=answered&favourite=1&since=2026-03-03")
    )
    chips = [(words(one), one.find("a").get("href")) for one in page.cssselect(".chip")]
    assert chips == [
        ("From: 3 Mar", "/calls?outcome=missed&outcome=answered&favourite=1"),
        ("Outcome: missed", "/calls?since=2026-03-03&outcome=answered&favourite=1"),
        ("Outcome: answered", "/calls?since=2026-03-03&outcome=missed&favourite=1"),
        ("Only favourites", "/calls?since=2026-03-03&outcome=missed&outcome=answered"),
    ]
    assert names(page) == ["Kowalski & Sons"]


def test_everything_that_can_be_filtered_for_has_a_chip(show):
    tag = show.store.tags()[0].id
    query = (
        f"q=a&direction=inbound&employee=Anna+Orlova&department=Sales&site=Head+office&phone=desk-101&line=1"
        f"&party=%2B74955550101&tag={tag}&region=RU&talk_from=5&talk_to=900&ring_from=0&ring_to=60"
        f"&comments=with&uncertain=0&withheld=1&spam=1"
    )
    page = seen(show.asker("employee").get(f"/calls?{query}"))
    assert len(page.cssselect(".chip")) == 18
    assert "Number: +7 495 555-01-01" in [words(one) for one in page.cssselect(".chip")]


def test_several_regions_are_typed_into_one_field(show):
    elena = show.asker("administrator")
    sent = elena.get("/calls?region=%2B7+812,+de&withheld=")
    assert (sent.status_code, sent.headers["location"]) == (303, "/calls?region=%2B7812&region=DE")
    page = seen(elena.get(sent.headers["location"]))
    assert page.cssselect("#region")[0].get("value") == "+7812, DE"
    assert [words(one) for one in page.cssselect(".chip")] == ["Region: +7812", "Region: DE"]
    assert set(names(page)) == {"Аптека на Литейном"}


def test_withheld_numbers_are_left_out_or_looked_for(show):
    page = seen(show.asker("administrator").get("/calls?withheld=0"))
    assert [words(one) for one in page.cssselect(".chip")] == ["No withheld numbers"]
    assert page.cssselect("#withheld option[selected]")[0].get("value") == "0"
    assert names(seen(show.asker("administrator").get("/calls?q=hidden"))) == []


def test_what_is_wrong_in_an_address_is_told_and_the_rest_counts(show):
    page = seen(show.asker("employee").get("/calls?tab=missed&since=nonsense&foo=1&talk_from=9&talk_to=3"))
    assert [words(one) for one in page.cssselect(".note.bad li")] == [
        "From: “nonsense” is not understood; it was left out.",
        "“foo” is no filter; it was left out.",
        "“Talk at least” lies behind “Talk at most”; both were left out.",
    ]
    assert words(page.cssselect('.tabs a[aria-current="page"]')[0]) == "Missed 2"


def test_a_filter_that_hides_a_call_says_so(show):
    page = seen(show.asker("employee").get("/calls?tab=internal&q=Kowalski"))
    hints = [(words(one), one.get("href")) for one in page.cssselect(".empty li a")]
    assert ("2 more without the filter “Tab: Internal”", "/calls?q=Kowalski") in hints


def test_the_rest_of_the_list_comes_in_pages(show, monkeypatch):
    monkeypatch.setattr(calls, "SIZE", 6)
    elena = show.asker("administrator")
    page = seen(elena.get("/calls"))
    found = names(page)
    (link,) = page.cssselect("#further a")
    while link is not None:
        part = html.fromstring(f"<div>{elena.get(link.get('hx-get')).text}</div>")
        found += names(part)
        assert [one.get("id") for one in part.cssselect("h2")] in ([], ["d-2026-03-03"])
        (link,) = part.cssselect("#further a") or (None,)
    assert len(found) == 17
    second = seen(elena.get(page.cssselect("#further a")[0].get("href")))
    assert names(second) == found[6:12]
    assert second.cssselect('[hx-trigger="every 5s"]') == []


def live_of(page):
    (poll,) = page.cssselect('[hx-trigger="every 5s"]')
    state = {one.get("name"): one.get("value") for one in page.cssselect("#state input")}
    return poll.get("hx-get"), state


def test_new_calls_come_in_and_nothing_is_sent_where_nothing_is_new(show):
    elena = show.asker("administrator")
    address, state = live_of(seen(elena.get("/calls")))
    assert elena.get(address, params=state).status_code == 204
    office = ShowOffice(show.store)
    office.ring(at(0, "16:06"), number="84955550104", phones=("desk-101",))
    office.read_all(NOW)
    join_all(show.store, means=MEANS)
    part = html.fromstring(elena.get(address, params=state).text)
    assert part.get("id") == "live"
    assert names(part)[0] == "Lumen Design"
    assert len(names(part)) == 18
    assert figures(part)["Calls"] == "18"


def test_the_live_part_ends_where_the_list_ended(show, monkeypatch):
    monkeypatch.setattr(calls, "SIZE", 6)
    elena = show.asker("administrator")
    address, state = live_of(seen(elena.get("/calls")))
    office = ShowOffice(show.store)
    for clock in ("16:06", "16:07", "16:08"):
        office.ring(at(0, clock), number="84955550104", phones=("desk-101",), answered="desk-101")
    office.read_all(NOW)
    join_all(show.store, means=MEANS)
    part = html.fromstring(elena.get(address, params=state).text)
    assert len(names(part)) == 9
    monkeypatch.setattr(calls, "LIVE_PAGES", 1)
    monkeypatch.setattr(calls, "SIZE", 2)
    anew = html.fromstring(elena.get(address, params={**state, "seen": ""}).text)
    assert len(names(anew)) == 2


def test_a_cursor_that_is_none_is_told(show):
    assert show.asker("employee").get("/calls/older?before=x").status_code == 400
    with pytest.raises(ConfigError):
        Cursor.from_text("x")


def test_the_form_offers_what_the_reader_reaches(show):
    page = seen(show.asker("head").get("/calls?employee=Anna+Orlova"))
    offered = page.cssselect("#f-employee option")
    assert [(one.text, one.get("selected") is not None) for one in offered] == [
        ("Anna Orlova", True),
        ("Boris Kim", False),
    ]
    assert page.cssselect("#f-site") == []


def test_a_part_of_the_page_is_enough_for_a_search_while_typing(show):
    answer = show.asker("employee").get("/calls?q=Kowal&period=7d&since=", headers={"HX-Request": "true"})
    assert answer.headers["hx-push-url"] == "/calls?q=Kowal"
    assert re.match(r'\s*<div class="end" id="actions" hx-swap-oob="true">', answer.text)
    assert '<div id="results">' in answer.text
    assert '<input type="hidden" name="query" value="q=Kowal">' in answer.text


def test_an_office_without_calls_says_when_they_come(show):
    page = seen(show.asker("employee").get("/calls?since=2020-01-01&until=2020-01-02"))
    assert page.cssselect(".empty strong")[0].text == "No call matches these filters"
    clear, why = page.cssselect(".empty a.button")
    assert (clear.get("href"), clear.text) == ("/calls", "Clear all filters")
    assert why.get("href").startswith("/why?")


def test_an_office_where_several_filters_hide_everything_does_not_say_that_no_call_was_read(show):
    page = seen(show.asker("employee").get("/calls?employee=Nobody&q=99999999"))
    assert page.cssselect(".empty strong")[0].text == "No call matches these filters"
    assert "not enough" in page.cssselect(".empty p")[0].text


def test_language_and_look_of_whoever_is_signed_in_stay_with_the_account(show):
    show.asker("employee").post("/look", data={"language": "ru", "next": "/calls"})
    show.asker("employee").post("/look", data={"theme": "dark"})
    elsewhere = show.asker("employee").get("/calls").text
    assert '<html lang="ru" data-theme="dark">' in elsewhere
    show.asker("employee").post("/look", data={"theme": "auto"})
    assert show.user("employee").theme is None
