"""Why a call is not in the journal."""

from dataclasses import replace

from phonesync.store.records import PhoneStanding
from tests.web.pages.test_calls import seen, words


def steps(page):
    return [words(one) for one in page.cssselect(".steps > li")]


def test_filters_rights_gaps_and_phones_are_walked_through(show):
    filters, rights, gaps, away = steps(seen(show.asker("administrator").get("/why")))
    assert "Harbour Logistics → Anna Orlova incoming call, missed – is in the list" in filters
    assert "the calls of everybody" in rights
    assert "every phone in your reach is proven complete" in gaps
    assert "The phones were read up to today 16:11" in gaps
    assert "every phone in your reach is read" in away


def test_what_filters_hide_is_named_with_the_way_to_it(show):
    page = seen(show.asker("administrator").get("/why?tab=internal&q=Kowalski"))
    assert "2 more without the filter “Tab: Internal”" in steps(page)[0]
    assert "Kowalski & Sons → Anna Orlova incoming call, answered – hidden by: Tab" in steps(page)[0]
    assert "On other days: yesterday 12:10: Anna Orlova → Kowalski & Sons" in steps(page)[0]
    assert page.cssselect('input[name="tab"]')[0].get("value") == "internal"


def test_calls_left_out_as_spam_are_told(show):
    spam = next(tag.id for tag in show.store.tags() if tag.name == "spam")
    show.store.tag_number("+74955550106", spam, user_id=None)
    filters = steps(seen(show.asker("administrator").get("/why")))[0]
    assert "Harbour Logistics → Anna Orlova incoming call, missed – hidden by: Spam" in filters


def test_each_reader_is_told_how_far_he_sees_and_no_further(show):
    anna = steps(seen(show.asker("employee").get("/why?day=2026-03-03")))
    assert "calls of the phones of Anna Orlova, as they were assigned then" in anna[1]
    assert "Calls of others are not shown" in anna[1]
    assert "desk-103" not in anna[2]
    boris = steps(seen(show.asker("head").get("/why")))
    assert "calls of the department Sales" in boris[1]


def test_a_masked_search_is_told_and_the_rest_is_answered(show):
    page = seen(show.asker("analyst").get("/why?q=Kowalski&day=nonsense"))
    assert len(page.cssselect(".note.bad li")) == 1
    assert "cannot be searched for" in steps(page)[1]
    assert len(steps(page)) == 4


def test_a_number_that_never_called_is_said(show):
    assert (
        "Even without any filter there is no call with this number or name on that day."
        in (steps(seen(show.asker("employee").get("/why?q=77777")))[0])
    )
    assert "no call on that day" in steps(seen(show.asker("employee").get("/why?day=2020-01-01")))[0]


def test_a_day_before_anything_was_read_is_said(show):
    gaps = steps(seen(show.asker("employee").get("/why?day=2026-02-27")))[2]
    assert "The phones were read up to 27 Feb 00:00" in gaps


def test_phones_that_are_away_are_named(show):
    state = show.store.phone("desk-104")
    show.store.save_state(replace(state, standing=PhoneStanding.DOWN, last_error="No answer."))
    away = steps(seen(show.asker("administrator").get("/why")))[3]
    assert "desk-104: does not answer, last read today 16:11" in away
