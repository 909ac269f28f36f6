"""What goes out and nobody takes, in the store."""

from datetime import timedelta


def failed(store, key, *, again=True):
    store.queue_delivery(key, "crm", {"event": "call.settled"})
    newest = store.deliveries(limit=1)[0]
    next_at = newest.made_at + timedelta(minutes=1) if again else None
    store.not_delivered(newest.id, "The webhook answered 500.", next_at=next_at)
    return newest.id


def test_what_failed_is_told_until_somebody_takes_it(store):
    assert store.failed_deliveries() == ()
    first, second, third = (failed(store, key, again=key != "b") for key in "abc")
    store.queue_delivery("d", "crm", {"event": "call.settled"})
    assert [one.id for one in store.failed_deliveries()] == [third, second, first]
    assert [one.id for one in store.failed_deliveries(limit=1, before=third)] == [second]
    told = store.failed_deliveries()[1]
    assert (told.problem, told.attempts, told.next_at) == ("The webhook answered 500.", 1, None)
    store.delivered(third)
    assert [one.id for one in store.failed_deliveries()] == [second, first]


def test_a_delivery_that_failed_is_tried_again_at_once_also_when_it_was_given_up(store):
    given_up = failed(store, "a", again=False)
    assert store.due_deliveries("crm") == ()
    assert store.retry_delivery(given_up)
    assert [one.id for one in store.due_deliveries("crm")] == [given_up]
    store.delivered(given_up)
    assert not store.retry_delivery(given_up)
    assert not store.retry_delivery(99)
