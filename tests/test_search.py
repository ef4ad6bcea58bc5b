"""The search language: what is said of a bad search, and what is refused. What is found is tested in Anki."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.notes import CardTemplate, Field, NoteType
from ankiexport.search import CardFacts, NoteFacts, Search, SearchError, parse
from ankiexport.search.refused import DECKS, REASONS

# A bad search, the part that is pointed at, and how the message begins.
BAD = [
    ("(", "(", "the bracket is not closed"),
    ("(a (b or c)", "(", "the bracket is not closed"),
    ("a) b", ")", "the bracket closes none that was opened"),
    ("a -() b", ")", "there is nothing between the brackets"),
    ("a or", "or", '"or" has to stand between'),
    ("or a", "or", '"or" has to stand between'),
    ("a AND or b", "or", '"or" has to stand between'),
    ("(a and)", "and", '"and" has to stand between'),
    ("a -or b", "or", '"or" has to stand between'),
    ('a "b', '"', "the quote is not closed"),
    ('a:"b', '"', "the quote is not closed"),
    ('"a\\"', '"', "the quote is not closed"),
    ('a ""', '""', "there is nothing between the quotes"),
    ('tag:""', '""', "there is nothing between the quotes"),
    ("a :b", ":", "there is no word before the colon"),
    ('"a":b', ":", "there is no word before the colon"),
    ("ab\\", "\\", "there is nothing to escape"),
    ("a\\ b", "\\", "there is nothing to escape"),
    ("a\\bc", "\\b", "the escape \\b means nothing"),
    ("tag:a\\d", "\\d", "the escape \\d means nothing"),
    ("Qu\\estion:a", "\\e", "the escape \\e means nothing"),
    ("nid:1,,2", "1,,2", "ids are numbers"),
    ("cid:", "", "ids are numbers"),
    ("mid:a", "a", "an id is a whole number"),
    ("mid:99999999999999999999", "99999999999999999999", "an id is a whole number"),
    ("dupe:1", "1", "this takes the id of a note type"),
    ("dupe:a,b", "a", "an id is a whole number"),
    ("a re:x[b", "[", "in the expression, the class is not closed"),
    ('"re:\\"(a"', "(", "in the expression, the group is not closed"),
    ('re:"a|b)"', ")", 'in the expression, a ")" closes no group'),
    ("re:*a", "*", "in the expression, there is nothing before"),
    ("Question:re:a{2,1}", "{", "in the expression, the count goes from 2 down to 1"),
    ("re:a{x}", "{", "in the expression, a count takes numbers"),
    ("tag:re:[b-a]", "b", 'in the expression, the range "b-a" goes backwards'),
    ("re:[a-\\d]", "a", "in the expression, a range goes from one character"),
    ("re:\\e", "\\", "in the expression, the escape \\e means nothing"),
    ("re:\\1", "\\", "in the expression, the expressions of Anki have no references"),
    ('"re:a(?=b)"', "(", "in the expression, the expressions of Anki cannot look ahead"),
    ('"re:(?P<a>b)(?P<a>c)"', "a", 'in the expression, two groups have the name "a"'),
    ('"re:(?P<1>b)"', "1", 'in the expression, "1" cannot be the name of a group'),
    ('"re:(?z)b"', "z", 'in the expression, "z" is no flag'),
    ('"re:(?i-)b"', ")", "in the expression, a flag is missing"),
    ("re:\\xg1", "\\", "in the expression, the number of a character takes"),
    ("re:\\x{110000}", "\\", "in the expression, there is no character with the number"),
    ("re:\\b{nope}", "{", 'in the expression, there is no boundary "nope"'),
    ("日本 (é", "(", "the bracket is not closed"),
]

# What Anki takes, and we refuse.
REFUSED = {
    "is": "is:due", "prop": "prop:ivl>10", "rated": "rated:7:1", "introduced": "introduced:1", "resched": "resched:1",
    "added": "added:7", "edited": "edited:7", "flag": "flag:1", "has-cd": "has-cd:x", "did": "did:1",
    "preset": "preset:Default",
}  # fmt: skip
REFUSED_DECKS = {"current": "deck:current", "filtered": "deck:filtered"}
REFUSED_EXPRESSIONS = ["re:\\p{Greek}", '"re:(?x)a b"', '"re:(?R)a$"', '"re:(?-u:a)"', "re:a{100001}"]


def refusal(query: str) -> SearchError:
    error = problem_of(query)
    assert error, f"{query} is taken"
    return error


def problem_of(query: str) -> SearchError | None:
    try:
        parse(query)
    except SearchError as error:
        return error
    return None


@pytest.mark.parametrize(("query", "part", "message"), BAD)
def test_a_bad_search_points_at_the_character(query: str, part: str, message: str) -> None:
    """Each message begins as it should, and its place is the first character of what is wrong."""
    error = refusal(query)
    assert error.message.startswith(message)
    assert query[error.start :].startswith(part)
    assert not error.answerable_in_anki


def test_a_message_shows_the_search_with_carets_below() -> None:
    error = refusal("日本 a\\q")
    assert str(error).splitlines() == [
        "bad search, column 5: the escape \\q means nothing",
        "  日本 a\\q",
        "        ^^",
        '  write \\\\ for a backslash itself; there are \\\\ \\" \\: \\* \\_ \\( \\) \\-',
    ]


def test_what_only_a_learner_knows_is_refused_with_a_reason() -> None:
    """Every search about the state of study is known by its name."""
    assert REFUSED.keys() == REASONS.keys()
    assert REFUSED_DECKS.keys() == DECKS.keys()
    for word, query in REFUSED.items():
        error = refusal(f"a -{query.upper() if word == 'is' else query}")
        assert error.answerable_in_anki
        assert error.message == f"a bank cannot answer {word}:, because {REASONS[word]}"
        assert (error.start, error.end) == (3, 3 + len(query))
    for deck, query in REFUSED_DECKS.items():
        assert refusal(query).message == f"a bank cannot answer {query}, because {DECKS[deck]}"


@pytest.mark.parametrize("query", REFUSED_EXPRESSIONS)
def test_expressions_that_are_not_understood_are_refused(query: str) -> None:
    """No answer is better than one that Anki would not give."""
    assert refusal(query).answerable_in_anki


@given(st.text(alphabet='ab:"\\()-*_ or[]{}?^$|.é日\t\x1f\u0301', max_size=25))
def test_any_text_is_a_search_or_is_refused_at_a_place_in_it(query: str) -> None:
    error = problem_of(query)
    if error:
        assert 0 <= error.start <= len(query)
        assert error.start < error.end
        assert len(error.pointer()) == 2


# What may stand between the edges of words in an expression, and what a note may hold.
PARTS = st.sampled_from(
    ["a", "é", "-", ".", ".*", "\\w", "[ab]", "a+", "(?:a|\\b-)", "b?", "[\u0301]", "(?:\\b)"]
)
TEXTS = st.lists(st.text(alphabet="aAbé-_ \n\u0301", max_size=9), min_size=5, max_size=5)


@settings(deadline=None, max_examples=30)
@given(st.lists(PARTS, max_size=3), st.lists(PARTS, max_size=3), st.booleans(), TEXTS)
def test_the_edge_of_a_word_means_the_same_beside_anything(
    before: list[str], after: list[str], last: bool, texts: list[str]
) -> None:
    """In brackets an edge knows nothing of its neighbours, and takes no short way."""

    def with_edges(edge: str) -> Search:
        return parse(f'"re:{"".join([*before, edge, *after, edge if last else ""])}"')

    quick, slow = with_edges("\\b"), with_edges("(?:\\b)")
    for text in texts:
        assert quick.matches(sample(text)) == slow.matches(sample(text)), text


@settings(deadline=None, max_examples=30)
@given(st.text(alphabet="aaé*_-.", min_size=1, max_size=5), TEXTS)
def test_whole_words_are_what_stands_between_edges_of_words(glob: str, texts: list[str]) -> None:
    r"""`w:a*` is `re:\ba.*\b`, whatever is left out of it for speed."""
    wild = {"*": ".*", "_": ".", ".": "\\."}
    words = parse(f'"w:{glob}"')
    expression = parse(f'"re:(?:\\b){"".join(wild.get(char, char) for char in glob)}(?:\\b)"')
    for text in texts:
        assert words.matches(sample(text)) == expression.matches(sample(text)), text


def test_long_and_deep_searches_are_no_trouble() -> None:
    note = sample()
    assert parse(" or ".join(["b"] * 5000 + ["a"])).matches(note)
    assert parse("-(" * 200 + "a" + ")" * 200).matches(note)
    assert "too deep" in refusal("(" * 1000 + "a" + ")" * 1000).message
    assert "too deep" in refusal(f're:"{"(" * 1000}{")" * 1000}"').message
    assert "too deep" in refusal(f're:"{"[a" * 1000}{"]" * 1000}"').message


def test_the_cards_that_are_found_are_told_apart() -> None:
    """`card:` and `deck:` decide for each card, and a note is found when one of its cards is."""
    note = sample()
    assert parse("").ords(note) == (0, 2)
    assert parse("card:3").ords(note) == (2,)
    assert parse("-card:3 deck:d").ords(note) == (0,)
    assert parse("card:1 card:3").ords(note) == ()
    assert not parse("card:1 card:3").matches(note)
    assert parse("card:1 or card:3").ords(note) == (0, 2)
    assert parse("b").ords(note) == ()


def sample(text: str = "a") -> NoteFacts:
    note_type = NoteType(1, "t", "Type", False, (Field(1, "Front"),), (CardTemplate(1, "One", "", ""),), "")
    return NoteFacts(1, note_type, (text,), (), (CardFacts(0, 10, "D"), CardFacts(2, 11, "D")))
