import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver.markup import (
    MAX_BYTES,
    decode,
    excerpt,
    is_utf8,
    read_html,
    read_json,
    read_json_object,
    read_xml,
    reading,
    shown_path,
    strings_in,
    unexpected,
    values_under,
    visible_text,
)
from phonesync.errors import UnexpectedResponse
from tests.drivers.yealink.talks import response

PAGE = b'<html><body><div id="list"><table><tr><td>a &amp; b</td></tr></table></div></body></html>'


def test_an_element_of_a_whole_page_is_closed():
    page = read_html(PAGE)
    assert not page.is_left_open(page.by_id("list"))
    assert not page.is_cut


def test_a_page_cut_anywhere_inside_an_element_leaves_it_open():
    start, end = PAGE.index(b"<table>"), PAGE.index(b"</div>") + len(b"</div>")
    for length in range(start, end):
        page = read_html(PAGE[:length])
        assert page.is_left_open(page.by_id("list")), length


def test_a_page_cut_behind_an_element_leaves_it_closed_and_is_cut():
    page = read_html(PAGE[: PAGE.index(b"</body>")])
    assert not page.is_left_open(page.by_id("list"))
    assert page.is_cut


def test_a_fragment_without_html_is_not_called_cut():
    page = read_html(b'<div id="list"><table></table></div>')
    assert not page.is_cut
    assert not page.is_left_open(page.by_id("list"))


def test_text_behind_the_end_mark_changes_nothing():
    page = read_html(PAGE + b"\r\n<!-- served in 3 ms -->")
    assert not page.is_left_open(page.by_id("list"))


def test_the_end_mark_inside_a_text_does_not_close_a_cut_page():
    page = read_html(b'<html><div id="list"><table><tr><td>Mr </html> Smith</td></tr>')
    assert page.is_left_open(page.by_id("list"))


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(UnexpectedResponse, match="2 times"):
        read_html(b'<i id="x"></i><i id="x"></i>').by_id("x")


def test_scripts_keep_latin1_bytes_and_do_not_show_the_mark():
    page = read_html(b'<meta charset=utf-8><script>var x="a\xfeb\xff\x80";', encoding="latin-1")
    assert page.scripts() == 'var x="a\xfeb\xff\x80";'


def test_visible_text_leaves_scripts_out():
    page = read_html(b"<p> a<script>T('b')</script> <b>c</b> &#1078; </p>")
    assert visible_text(page.root) == "a c ж"


def test_a_page_with_an_xml_declaration_of_another_encoding_is_read():
    content = "<?xml version='1.0' encoding='iso-8859-1'?><html><p>Жук</p></html>".encode()
    assert visible_text(read_html(content).root) == "Жук"


@pytest.mark.parametrize("content", [b"", b"   ", b"\x00\x01\x02", b"plain", b"<"])
def test_almost_anything_is_read_as_some_page(content):
    assert read_html(content).by_id("list") is None


@pytest.mark.parametrize("content", [b"<!--", b"<!DOCTYPE"])
def test_what_holds_no_element_at_all_is_refused(content):
    with pytest.raises(UnexpectedResponse, match="no HTML"):
        read_html(content)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    page = read_html(b"<p>" + content)
    assert page.by_id("list") is None or b"list" in content


def test_what_is_longer_than_the_bound_is_refused():
    long = b"<" * (MAX_BYTES + 1)
    for read in (read_html, read_xml, read_json, decode):
        with pytest.raises(UnexpectedResponse, match="longer"):
            read(long)


def test_bytes_that_are_not_utf8_are_replaced_and_can_be_told():
    assert decode(b"\xef\xbb\xbfa\xffb") == "a�b"
    assert not is_utf8(b"a\xff")
    assert is_utf8("Жук".encode())


def test_xml_is_read():
    assert read_xml(b"<?xml version='1.0'?><a><b>&lt;x&gt;</b></a>").findtext("b") == "<x>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a><b></a>",
        b"<a>",
        b"<a></a><b></b>",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        b"<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'><a/>",
        b"<a>&nothing;</a>",
    ],
)
def test_cut_xml_and_xml_with_a_document_type_are_refused(content):
    with pytest.raises(UnexpectedResponse):
        read_xml(content)


def test_an_entity_bomb_is_refused():
    lines = [f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12)]
    bomb = f"<!DOCTYPE a [<!ENTITY l0 'ha'>{''.join(lines)}]><a>&l11;</a>"
    with pytest.raises(UnexpectedResponse):
        read_xml(bomb.encode())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"a":1',
        '{"a":1}x',
        '{"a":1,"a":2}',
        '[{"b":{"a":1,"a":1}}]',
        "NaN",
        "Infinity",
        "[" * 100_000,
    ],
)
def test_what_is_not_one_whole_json_value_is_refused(content):
    with pytest.raises(UnexpectedResponse):
        read_json(content)


def test_control_characters_inside_strings_are_let_through():
    assert read_json('"a\nb\t"') == "a\nb\t"


def test_an_object_is_asked_for_by_name():
    with pytest.raises(UnexpectedResponse, match="not an object"):
        read_json_object("[]")
    assert read_json_object(b"\xef\xbb\xbf{}") == {}


def test_values_are_found_at_any_depth():
    tree = {"a": {"calls": 1}, "b": [{"calls": [2]}], "calls": 3}
    assert list(values_under(tree, "calls")) == [3, 1, [2]]
    assert sorted(strings_in({"a": "x", "b": ["y", {"c": "z"}, 1, None]})) == ["x", "y", "z"]


@pytest.mark.parametrize(
    "content",
    [
        b'<script>var t = "4f1c2b3a5d6e7f80";</script><td>Olga Smirnova</td>',
        b'{"name":"Olga Smirnova","number":84955550123}',
        b"<a title=\"Olga Smirnova\" alt='Olga Smirnova'>84955550123</a>",
        rb'<script>x = P("{\"1\":{\"n\":\"Olga Smirnova\"}}")',
        b"MACAddress=00005E005301 Olga Smirnova",
        b'["Olga Smirnova',
    ],
)
def test_an_excerpt_shows_no_person_number_or_token(content):
    shown = excerpt(content)
    for secret in ("Olga", "Smirnova", "4f1c", "5550", "005301"):
        assert secret not in shown
    assert shown


def test_an_excerpt_shows_tags_and_keys():
    assert excerpt(b'<html>\n<body class="x">text</body>') == '<html><body class="…">…</body>'
    assert excerpt(b'{"ret":"failed"}') == '{"ret":"…"}'
    assert excerpt(b"") == "nothing"


def test_a_path_in_a_message_shows_only_known_words():
    assert shown_path("/servlet?m=mod_data&p=contacts-callinfo&q=load") == (
        "/servlet?m=mod_data&p=contacts-callinfo&q=load"
    )
    assert shown_path("/servlet?p=login&random=0.55&pwd=x") == "/servlet?p=login&random=…&pwd=…"
    assert shown_path("/a") == "/a"


def test_an_error_inside_reading_carries_the_answer_and_keeps_sentence_and_hint():
    answer = response(b"<p>", status=200, path="/x?p=y", headers=[("content-type", "text/html")])
    with pytest.raises(UnexpectedResponse) as caught, reading(answer, variant="v1"):
        raise UnexpectedResponse("It is cut.", hint="Wait.")
    error = caught.value
    assert (error.message, error.hint, error.variant) == ("It is cut.", "Wait.", "v1")
    assert (error.path, error.status, error.content_type) == ("/x?p=y", 200, "text/html")
    assert (error.content, error.excerpt) == (b"<p>", "<p>")
    assert unexpected(answer, "x", variant="").status == 200
