"""Card templates that nobody thought of: strategies for tests that compare with real Anki."""

from hypothesis import strategies as st

Texts = st.SearchStrategy[str]


def one_of(pieces: str) -> Texts:
    """Return one of some pieces, which stand between bars."""
    return st.sampled_from(pieces.split("|"))


def row_of(pieces: str, *, most: int) -> Texts:
    """Return pieces in a row."""
    return st.lists(one_of(pieces), max_size=most).map("".join)


def replaced(blanks: str, filters: Texts, names: Texts) -> Texts:
    """Return a field in braces, with what may stand before it."""
    return st.builds("{{{{{}{}{}}}}}".format, one_of(blanks), filters, names)


def grammar(leaves: Texts, sections: Texts, *, right_ends: int, most: int) -> Texts:
    """Return templates with sections inside each other; of their ends so many are right for two that are not."""
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4).map("".join)
            | st.builds(
                _section,
                one_of("#|^| # |{^"),
                sections,
                st.lists(inner, max_size=3).map("".join),
                st.sampled_from([*[None] * right_ends, "A", ""]),
            )
        ),
        max_leaves=most,
    )


def _section(kind: str, name: str, inner: str, end: str | None) -> str:
    return f"{{{{{kind}{name}}}}}{inner}{{{{/{name if end is None else end}}}}}"


def with_other_delimiters(templates: Texts) -> Texts:
    """Return templates whose first line asks for other delimiters than braces."""
    return st.builds("{}{{{{=<% %>=}}}}{}".format, one_of("| \n|\xa0|\x1c|x"), templates)


def of_other_delimiters(templates: Texts) -> Texts:
    """Return the same templates written with other delimiters."""
    return templates.map(lambda text: text.replace("{{", "<%").replace("}}", "%>"))


# What templates are made of, without regard to how.
SOUP = row_of(
    "{{|}}|{{|}}|<!--|-->|<%|%>|{|}|#|^|/|:| |\x1c|\xa0|=|A|B|Tags|c1|cloze:"
    "|{{A}}|{{#A}}|{{^A}}|{{/A}}|{{#B}}|{{/B}}",
    most=14,
)
