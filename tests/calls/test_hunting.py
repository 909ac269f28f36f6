"""Hunt lists, from what rang for one caller and which phone rings after which."""

from phonesync.calls.episodes import Ring
from phonesync.calls.hunting import hunts
from phonesync.calls.pairs import Kinship
from phonesync.calls.timing import Span

KIN = Kinship(together=frozenset(), after=frozenset({("101", "102")}))


def episode(at, *extensions):
    """Each rings for a step of fifteen seconds."""
    return [
        Ring(
            extension,
            f"+7495555{int(at):04}",
            Span(at + 15 * turn, at + 15 * turn + 1),
            Span(at + 15 * turn + 15, at + 15 * turn + 16),
            answered=False,
        )
        for turn, extension in enumerate(extensions)
    ]


def test_two_calls_make_no_hunt_list_and_three_do():
    heard = [episode(1000.0 * number, "101", "102") for number in range(3)]
    assert hunts(heard[:2], KIN) == []
    (found,) = hunts(heard, KIN)
    assert (found.members, found.step_s, found.seen) == (("101", "102"), 15.0, 3)


def test_what_else_rang_is_left_out():
    heard = [episode(1000.0 * number, "101", "102", "109") for number in range(3)]
    (found,) = hunts(heard, KIN)
    assert found.members == ("101", "102")
