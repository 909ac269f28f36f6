"""The directory of an emulated phone: what it shows for a number, and what a person typed into it."""

from __future__ import annotations

from phonesync.farm.directory import FarmDirectory

OLGA = ("Смирнова Ольга", (("work", "8 (495) 555-01-23"),))


def test_numbers_match_digit_by_digit_without_separators():
    directory = FarmDirectory()
    directory.write(*OLGA)
    assert directory.name_of("84955550123") == "Смирнова Ольга"
    assert directory.name_of("sip:84955550123@pbx.example;user=phone") == "Смирнова Ольга"
    assert directory.name_of("+74955550123") is None
    assert directory.name_of("") is None


def test_the_own_directory_comes_before_fetched_books_and_a_new_book_replaces_the_last():
    directory = FarmDirectory()
    directory.take_book("one", [("From the book", [("work", "201"), ("home", "84955550123")])])
    assert directory.name_of("84955550123") == "From the book"
    directory.write(*OLGA)
    assert directory.name_of("84955550123") == "Смирнова Ольга"
    directory.take_book("one", [("Newer", [("work", "202")])])
    assert directory.name_of("201") is None
    assert directory.name_of("202") == "Newer"


def test_a_full_directory_takes_no_more_and_ids_are_never_given_twice():
    directory = FarmDirectory(most=2)
    assert [directory.write(f"N{n}", [("work", str(200 + n))]) for n in range(3)] == [1, 2, None]
    assert directory.write("Changed", [("work", "200")], contact_id=1) == 1
    assert directory.write("Nobody", [("work", "209")], contact_id=7) is None
    directory.replace_own([("Alone", [("work", "210")])])
    assert [(contact.id, contact.name) for contact in directory.own()] == [(3, "Alone")]
    assert directory.name_of("200") is None


def test_what_a_person_typed_is_missed_when_it_is_gone_or_changed():
    directory = FarmDirectory(most=3)
    directory.type_in(*OLGA)
    directory.type_in(*OLGA)
    assert directory.typed_and_gone() == ()
    directory.write("Somebody else", OLGA[1], contact_id=1)
    assert directory.typed_and_gone() == (OLGA,)
    directory.replace_own([])
    assert directory.typed_and_gone() == (OLGA, OLGA)
    directory.forget()
    assert directory.typed_and_gone() == ()


def test_who_types_into_a_full_directory_gives_up():
    directory = FarmDirectory(most=1)
    directory.type_in(*OLGA)
    directory.type_in("Second", (("work", "202"),))
    assert len(directory.typed) == 1
