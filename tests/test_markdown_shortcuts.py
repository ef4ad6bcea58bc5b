"""The shortcuts on the way from Markdown to HTML change nothing: texts at random, and those of the first bank."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from banks import FIRST_BANK
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from ankiexport import markdown_html
from ankiexport.bank import load_bank
from ankiexport.known_versions import are_known
from ankiexport.lexer_shortcuts import _FROM_USE, shorten_lexer
from ankiexport.markdown_html import to_html

# Whatever begins, ends or hinders something in Markdown, and words to stand between.
PIECES = (
    "word", "Two words", "été", "x", "1", " ", "  ", "    ", "\n", "\n\n", "  \n", "\t", "*", "**", "***", "_", "__",
    "~~", "~", "`", "``", "```", "```python\n", '```sql hl_lines="1"\n', "```nothing-known\n", "~~~\n", "x = 1  # y",
    "def f(): pass", "SELECT 1;", "- ", "* ", "1. ", "1) ", "> ", "# ", "## ", "===\n", "---\n", "***\n", "| a | b |\n",
    "|---|---|\n", "| 1 |\n", "[", "]", "[a](b)", "[a][b]", "[b]: http://x\n", "![", "![a](b.png)", "<", ">", "<b>",
    "</b>", "<div>\n", "</div>\n", "<!-- ", "-->", "<http://x.y>", "<a@b.c>", "&", "&amp;", "&#65;", "\\", "\\*", "\\(",
    "\\)", "\\[", "\\]", "$", "$$", "$x$", "$5 and $10", ": ", "Term\n: what it is\n", "{", "}", "{{c1::", "}}", "!", '"',
    "'", "(", ")", ".", ",", "-", "–", "\x02", "\x03", "klzzwxh:0001", "\u00a0", "\u2028", "\r", "\x0c",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)

# Whole blocks, for what needs more luck than single pieces have: each processor of blocks has some that it takes.
INLINE = (
    "plain words", "**strong *and em***", "__a__ b_c_d", "~~gone~~", "`a|b`", "``a`b``", "`a", "\\|", "[a][b]", "[b]", "![b]",
    "![a][b]", "[a](c.png 'd')", "![a](c.png)", "<b>x</b>", "<http://x.y>", "<a@b.c>", "a &amp; b", "&#65;", "AT&T", "\\*x\\*",
    "$x_1 * y$", r"\(a*b\)", "$$z$$", "two  \nlines", "<!-- c -->", "[*a*](b)", "*[a](b)*", "a\\\\`b`", "x < y > z", "*`a`*",
    "\x02", "klzzwxh:0000", "[a\n](b)", "[a](b\\*c 'd\\_')", "![a\\*](b\\_c)", "<http://x/`a`*b*>", "<http://x/*a*`b`>",
)  # fmt: skip
LINES = st.lists(st.sampled_from(INLINE), min_size=1, max_size=4).map(" ".join)
MARKS = (
    "", "- ", "* ", "+ ", "1. ", "3. ", "> ", "> > ", "# ", "### ", ": ", ":   ", "    ", "      ", "\t", "  ", "| ",
    "[b]: http://x ", "[b]:\n  http://x ", "- - ", "> - ", "1. > ", "---\n", "===\n", "***\n", "$$", "\\[",
)  # fmt: skip
CELLS = st.lists(st.one_of(LINES.filter(lambda text: "\n" not in text), st.just("")), max_size=3)
ROWS = st.tuples(st.sampled_from(("", "|", "| ")), CELLS, st.sampled_from(("", "|", " |", "\\|"))).map(
    lambda row: row[0] + " | ".join(row[1]) + row[2]
)
TABLES = st.tuples(
    ROWS, st.sampled_from(("---|---", "|:-|-:|", "|---|", "---", "|-|-|-|")), st.lists(ROWS)
).map(lambda table: "\n".join([table[0], table[1], *table[2]]))
FENCES = st.tuples(
    st.sampled_from(("```", "~~~", "````", "  ```", "> ```", "    ```", "- ```")),
    st.sampled_from(("", "python", "sql", " text", "{.python}", "python hl_lines='1'", "no such")),
    st.lists(st.sampled_from(("x = 1", "  y", "", "\t# *z*", "SELECT '<&>'", "```", "> q", "    ```"))),
    st.sampled_from(("```", "~~~", "````", "  ```", "> ```", "    ```", "  ```", "")),
).map(lambda fence: "\n".join([fence[0] + fence[1], *fence[2], fence[3]]))
MARKED = st.tuples(st.sampled_from(MARKS), LINES).map("".join)
BLOCKS = st.lists(st.one_of(MARKED, TABLES, FENCES), max_size=8)


@cache
def stock() -> Markdown:
    """Return Python-Markdown as it comes, with the extensions of the program."""
    return Markdown(
        extensions=[
            "tables",
            "sane_lists",
            "def_list",
            "pymdownx.superfences",
            "pymdownx.highlight",
            "pymdownx.arithmatex",
            "pymdownx.tilde",
            markdown_html._DollarMathExtension(),
        ],
        extension_configs={
            "pymdownx.highlight": {"css_class": "highlight", "guess_lang": False},
            "pymdownx.arithmatex": {"generic": True, "inline_syntax": ["round"]},
            "pymdownx.tilde": {"subscript": False},
        },
    )


def as_it_comes(text: str) -> str:
    return markdown_html._for_cards(stock().reset().convert(text))


@example("A plain line, with (brackets) and 50% of nothing.")
@example("Ends in a space ")
@example("[a](b\\*c)")
@example("<http://x/`a`*b*> and <http://x/*a*`b`*c*\\*>")
@example("```python\ndef f():\n    return 1\n```\n\n```python\nx\n```")
@example('```python linenums="1" title="x.py"\ny = 1\n```')
@settings(deadline=None)
@given(TEXTS)
def test_html_is_what_python_markdown_makes(text: str) -> None:
    """No text at all comes out in another way."""
    assert markdown_html.to_html(text) == as_it_comes(text)


@settings(deadline=None, max_examples=300)
@given(
    BLOCKS, st.lists(st.sampled_from(("\n", "\n\n", "\n    ", "\n\n    ", "\n\n\n")), min_size=8, max_size=8)
)
def test_blocks_are_what_python_markdown_makes(blocks: list[str], between: list[str]) -> None:
    """Lists, tables, quotes, headings, definitions and code, below and within each other."""
    text = "".join(part for block, gap in zip(blocks, between, strict=False) for part in (block, gap))
    assert markdown_html.to_html(text) == as_it_comes(text)


PLAIN = (
    "a", "B", "1", "1.", " ", "  ", "é", "²", "_", "-", "&", "&amp;", "& ", "<b>", "</b>", "<br>", "<br />", '<img src="a.png">',
    '<img src="', ">", "[sound:a.mp3]", "[sound:", "(m)", "\u00a0", "“", "'", '"', "Two words, and (three)", ". ", "\n",
)  # fmt: skip


EMPHASIS = st.lists(
    st.sampled_from(("*", "**", "***", "****", "_", "__", "___", "a", "b c", " ", "\n", ".", "é", "`x`", "\\*", "1", "<v>", "[](u)")), max_size=14
).map("".join)  # fmt: skip


# Where emphasis is cut short, the library loses count, and cuts its own marks for other pieces.
@example("_*e* _ *<v> *2*")
@example("**)*)**<v>*&*a *b*")
@example("*****e*a_  \n***\\] ***y*")
@settings(deadline=None, max_examples=400)
@given(EMPHASIS)
def test_emphasis_is_what_python_markdown_makes(text: str) -> None:
    """One beside, within and across another, and what looks like it."""
    assert markdown_html.to_html(text) == as_it_comes(text)


@cache
def another_thread() -> ThreadPoolExecutor:
    """Return a thread, which has a parser of its own."""
    return ThreadPoolExecutor(1)


@settings(deadline=None)
@given(st.one_of(TEXTS, BLOCKS.map("\n\n".join)).map(lambda text: text.replace("~", "")))
def test_what_no_text_needs_is_not_missed(text: str) -> None:
    """A parser that has met no tilde makes the same, and strikes out as soon as it meets one."""
    assert another_thread().submit(markdown_html.to_html, text).result() == as_it_comes(text)
    with ThreadPoolExecutor(1) as new:
        found = [new.submit(markdown_html.to_html, one) for one in (text, f"{text}\n\n~~x~~", text)]
        assert [one.result() for one in found] == [
            as_it_comes(one) for one in (text, f"{text}\n\n~~x~~", text)
        ]


@example("Hund[sound:hund.mp3](m)")
@given(
    st.one_of(
        st.text(alphabet="ab AB1,;:.()'\"/?%-", max_size=30),
        st.lists(st.sampled_from(PLAIN), max_size=8).map("".join),
    )
)
def test_plain_lines_are_what_python_markdown_makes(text: str) -> None:
    """Texts of the characters that the shortcut for plain lines takes."""
    assert markdown_html.to_html(text) == as_it_comes(text)


def test_the_first_bank_is_what_python_markdown_makes() -> None:
    """Texts as authors write them."""
    loaded, _problems = load_bank(FIRST_BANK)
    assert loaded is not None
    for question in loaded.questions:
        for text in (
            question.question,
            question.answer,
            *question.hints,
            *question.key_points,
            *question.pitfalls,
        ):
            if text is not None:
                assert markdown_html.to_html(text.value) == as_it_comes(text.value)


def in_another_parser(text: str) -> str:
    """Return what a parser makes that is made now, in a thread of its own."""
    with ThreadPoolExecutor(1) as new:
        return new.submit(markdown_html.to_html, text).result()


def test_the_installed_libraries_are_known() -> None:
    """A new version is named as known after all tests of shortcuts have passed with it; else all is slower."""
    for module in ("markdown", "pygments", "pymdownx"):
        assert are_known(module), f"compare with this version of {module}, and add it to known_versions.py"


@pytest.mark.parametrize(
    ("module", "shortcuts"),
    [
        ("markdown", "markdown_shortcuts.ShortcutsExtension"),
        ("pygments", "highlight_shortcuts.QuickHighlightExtension"),
        ("pymdownx", "highlight_shortcuts.QuickHighlightExtension"),
    ],
)
def test_another_version_of_a_library_is_used_as_it_comes(
    module: str, shortcuts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does inside may be anything: nothing in it is looked at or replaced."""
    text = "*a* `b` ~~c~~ $d$\n\n- e\n\n| f |\n|---|\n| g |\n\n```python\nx = 'y'\n```"
    monkeypatch.setattr(f"ankiexport.{shortcuts}", None)
    with pytest.raises(TypeError):
        in_another_parser(text)
    monkeypatch.setattr(f"{module}.__version__", "99.0")
    assert in_another_parser(text) == as_it_comes(text)


CODE = st.lists(
    st.one_of(
        st.sampled_from(
            ("def f(x):", "class", "import a.b", "0x1F", "1_000.5e-3", '"', "'", '"""', 'f"{', "}", "{", "(", ")", "[", "]",
             "<", "/>", "&amp;", "# note", "// note", "/*", "*/", "--", "$x", "@d", "\\n", "\\", "\n", "\n  ", "\t", " ", "é", "ſ",
             "SELECT", "select", "From", "NULL", "null", "None", "true", "<?php", "?>", "%}", "{%", "=>", "->", ":", ";", "=",
             "|", "`", "key: value", "key:\n", "key: |\n", "key: >-2\n", "\n    deeper", "&a ", "*a", "!!int ", "? ", "%YAML 1.2\n", "---\n", "...", "'a''b'",
             "%p", "#id.cls", "<<EOS\n", "EOS", "- item", "<b>", "</b>", "r'\\d'", "let", "fn", "#include <a>", "public static", "x")
        ),
        st.text(max_size=3),
    ),
    max_size=30,
).map("".join)  # fmt: skip


@cache
def lexers(language: str) -> tuple[Lexer, Lexer]:
    """Return a lexer as it comes, and one with its shortcuts in use."""
    shortened = get_lexer_by_name(language)
    shorten_lexer(shortened)
    for _ in range(_FROM_USE):
        list(shortened.get_tokens(""))
    return get_lexer_by_name(language), shortened


@pytest.mark.parametrize(
    "language",
    [
        "python",
        "sql",
        "bash",
        "c",
        "java",
        "rust",
        "js",
        "html",
        "css",
        "json",
        "php",
        "postgresql",
        "go",
        "tex",
        "vb.net",
        "yaml",
        "haml",
        "crystal",
        "ruby",
        "perl6",
    ],
)
@settings(deadline=None)
@given(code=CODE)
def test_tokens_are_what_pygments_finds(language: str, code: str) -> None:
    """A rule that is not tried would not have matched."""
    as_it_is, shortened = lexers(language)
    assert list(shortened.get_tokens(code)) == list(as_it_is.get_tokens(code))


def test_most_rules_are_not_tried() -> None:
    """The expressions are understood: a letter leaves few of the rules of Python."""
    _, shortened = lexers("python")
    lists = shortened.get_tokens_unprocessed._lists["root"]  # type: ignore[attr-defined]
    assert len(lists["x"]) < len(lists[""]) / 2


@pytest.mark.parametrize(
    "language", ["python", "sql", "yaml", "php", "html", "md", "erb", "console", "robotframework"]
)
def test_lexers_keep_nothing_from_one_code_block_to_the_next(language: str) -> None:
    """A lexer that is used again gives what a new one gives."""
    for code in ("<?php echo 1; ?>\n{% x", "'''open", "x: |\n  y", "```js\nvar a\n```", "plain"):
        text = f"~~~~{language}\n{code}\n~~~~"
        assert markdown_html.to_html(text) == as_it_comes(text)


def test_a_text_that_is_nested_too_deep_spoils_no_other() -> None:
    """The parser that gave up in the middle is not asked again."""
    with pytest.raises(RecursionError):
        to_html("\n".join("    " * depth + "- a" for depth in range(400)))
    assert to_html("*a* `b`") == "<p><em>a</em> <code>b</code></p>"


def test_threads_do_not_disturb_each_other() -> None:
    """Programs that embed us may render in several threads at once."""
    texts = [
        f"# {n}\n\n- *a{n}*\n- `b{n}`\n\n```python\nx = {n}\n```\n\n| c{n} |\n|---|\n| $d_{n}$ |"
        for n in range(40)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(to_html, texts)] == [to_html(text) for text in texts]
