"""Trees of Python-Markdown become the HTML that its own serializer makes: trees at random, with all that there can be."""

from typing import Any
from xml.etree.ElementTree import Comment, Element, ProcessingInstruction, QName

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown
from markdown.serializers import to_xhtml_string
from markdown.util import AtomicString

from ankiexport.tree_shortcuts import shorten_trees

TAGS: tuple[Any, ...] = (
    "p", "em", "P", "br", "BR", "img", "script", "Style", "pre", "td", None, Comment, ProcessingInstruction,
    QName("plain"), QName("{http://x}named"),
)  # fmt: skip
TEXTS = st.one_of(
    st.none(), st.text(alphabet='ab &;<>"\n#1', max_size=8), st.just(AtomicString("a < b &amp; c"))
)
NAMES: tuple[Any, ...] = ("href", "CHECKED", "checked", "z", QName("{http://y}a"))
VALUES: Any = st.one_of(st.none(), st.just(QName("q")), st.text(alphabet='a"&<>\n', max_size=5))


def element(tag: Any, text: str | None, tail: str | None, attributes: dict[Any, Any]) -> Element:
    made = Element(tag)
    made.text, made.tail = text, tail
    for name, value in attributes.items():
        made.set(name, value)
    return made


def with_children(parent: Element, children: list[Element]) -> Element:
    parent.extend(children)
    return parent


def elements(tags: tuple[Any, ...], attributes: Any) -> st.SearchStrategy[Element]:
    leaves = st.builds(element, st.sampled_from(tags), TEXTS, TEXTS, attributes)
    return st.recursive(leaves, lambda inner: st.builds(with_children, leaves, st.lists(inner, max_size=3)))


USUAL = elements(
    TAGS[:10], st.dictionaries(st.sampled_from(NAMES[:4]), st.text(alphabet='a"&<>\n', max_size=5))
)
ANY = elements(TAGS, st.dictionaries(st.sampled_from(NAMES[2:]), VALUES, max_size=2))


def quick(root: Element) -> str:
    md = Markdown()
    shorten_trees(md)
    return md.set_output_format("xhtml").serializer(root)


def outcome(serializer: Any, root: Element) -> str:
    """Return what a serializer makes of a tree, or the name of its error: some trees have no HTML."""
    try:
        return str(serializer(root))
    except (AttributeError, TypeError, ValueError) as error:
        return type(error).__name__


@settings(deadline=None)
@given(st.one_of(USUAL, ANY))
def test_trees_are_written_as_the_library_writes_them(root: Element) -> None:
    """Texts, attributes, elements without an end, and what is no element of HTML."""
    assert outcome(quick, root) == outcome(to_xhtml_string, root)


def test_a_tree_that_is_very_deep_is_written() -> None:
    """The library needs no recursion, and so goes deeper than Python does."""
    root = inner = Element("div")
    for _ in range(5000):
        inner.append(Element("em"))
        inner = inner[0]
    assert quick(root) == to_xhtml_string(root)
