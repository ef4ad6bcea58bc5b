"""What the first bank promises: how many questions of which kinds, how long they are, and ids that last.

`golden/first-bank-ids.txt` holds the ids of all questions and facts. Run with UPDATE_GOLDEN=1 to write
those of now, and read the difference: an id that is gone takes its progress from every learner.
`golden/first-bank-ideas.yaml` holds the questions in order of study, with what each must speak of.
"""

import html
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from banks import FIRST_BANK, BuiltBank
from click.testing import CliRunner

from ankiexport.bank import load_bank
from ankiexport.cli.app import cli
from ankiexport.quality.texts import answered, texts_of, words
from ankiexport.question import LoadedBank, Question

GOLDEN = Path(__file__).parent / "golden"
IDS = GOLDEN / "first-bank-ids.txt"
IDEAS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (GOLDEN / "first-bank-ideas.yaml").read_text(encoding="utf-8")
)

NAMESPACE = "ankiexport/ai-recommendation-systems-analyst"
ROOT_DECK = "AI Recommendation Systems Analyst"
# The key of each level, the name that learners see, and how many questions it has.
LEVELS = [
    ("beginner", "Beginner", 5),
    ("intermediate", "Intermediate", 10),
    ("advanced", "Advanced", 10),
    ("scenario", "Scenario-Based", 10),
    ("ai-workflow", "AI Workflow & Tools", 10),
    ("behavioral", "Behavioral", 5),
]
DECKS = {key: f"{number} {name}" for number, (key, name, _) in enumerate(LEVELS, start=1)}

# Graphs are met with the methods that use them, and stories are told where one is asked for.
TOPICS_OF_ONE_LEVEL = {"topic::graphs": "advanced", "topic::storytelling": "behavioral"}
MOST_ALLOWED = 5


def _loaded() -> LoadedBank:
    loaded, problems = load_bank(FIRST_BANK)
    assert loaded is not None
    assert problems == []
    return loaded


LOADED = _loaded()
QUESTIONS = LOADED.questions
FACTS = {fact.id for question in QUESTIONS for fact in question.facts}


# Levels, in the bank and in what is built of it


def test_levels_hold_what_they_promise() -> None:
    counts = Counter(question.level for question in QUESTIONS)
    assert [(level.key, level.name, counts[level.key]) for level in LOADED.bank.levels] == LEVELS


@pytest.mark.parametrize(("key", "name", "count"), LEVELS)
def test_the_package_of_a_level_holds_its_questions_and_no_fact(
    key: str, name: str, count: int, first_bank: BuiltBank
) -> None:
    file = f"recsys-analyst-{key}.apkg"
    package = first_bank.package(file)
    assert first_bank.entry(file)["title"] == name
    assert [note.key for note in package.notes] == [question.id for question in LOADED.of_level(key)]
    assert len(package.notes) == len(package.cards) == count
    assert {card.deck for card in package.cards.values()} == {f"{ROOT_DECK}::{DECKS[key]}"}
    assert {note.fields["Level"] for note in package.notes} == {html.escape(name)}
    assert FACTS.isdisjoint(package.by_key)


@pytest.mark.parametrize(("key", "name", "_count"), LEVELS)
def test_the_facts_of_a_level_are_a_package_of_their_own(
    key: str, name: str, _count: int, first_bank: BuiltBank
) -> None:
    file = f"recsys-analyst-{key}-facts.apkg"
    package = first_bank.package(file)
    assert first_bank.entry(file)["title"] == f"{name} (facts)"
    own = [fact.id for question in LOADED.of_level(key) for fact in question.facts]
    assert [note.key for note in package.notes] == own
    assert {card.deck for card in package.cards.values()} == {f"{ROOT_DECK}::Facts::{DECKS[key]}"}


def test_the_whole_package_keeps_facts_out_of_the_decks_of_levels(first_bank: BuiltBank) -> None:
    decks = {note.key: {card.deck for card in note.cards} for note in first_bank.whole.notes}
    assert set(decks) == FACTS | {question.id for question in QUESTIONS}
    for key, found in decks.items():
        assert {deck.startswith(f"{ROOT_DECK}::Facts::") for deck in found} == {key in FACTS}, key


# Questions: what each of them has, and how much of it


def _tags(question: Question, prefix: str) -> int:
    return sum(tag.value.startswith(prefix) for tag in question.tags)


def _answer(question: Question) -> int:
    return len(words(question.answer.value)) if question.answer else 0


def _longest_fact(question: Question) -> int:
    return max(len(words(answered(fact.text.value).text)) for fact in question.facts)


# Answers take two to three minutes to say: 180 to 350 words of prose, five percent more or less.
MEASURES: dict[str, tuple[int, int, Callable[[Question], int]]] = {
    "words of the question": (5, 60, lambda question: len(words(question.question.value))),
    "hints": (2, 3, lambda question: len(question.hints)),
    "words of the answer": (171, 367, _answer),
    "key points": (3, 6, lambda question: len(question.key_points)),
    "pitfalls": (1, 3, lambda question: len(question.pitfalls)),
    "follow-ups": (1, 3, lambda question: len(question.follow_ups)),
    "facts": (3, 6, lambda question: len(question.facts)),
    "words of the longest fact": (5, 30, _longest_fact),
    "topics": (2, 5, lambda question: _tags(question, "topic::")),
    "skills": (1, 2, lambda question: _tags(question, "skill::")),
}


@pytest.mark.parametrize("what", MEASURES)
def test_every_question_has_its_measure(what: str) -> None:
    least, most, measure = MEASURES[what]
    found = {question.id: measure(question) for question in QUESTIONS}
    assert {key: number for key, number in found.items() if not least <= number <= most} == {}


def test_every_source_has_a_year() -> None:
    sources = [source.value for question in QUESTIONS for source in question.sources]
    assert [text for text in sources if not re.search(r"\((?:19|20)\d\d[),]", text)] == []


def test_the_strict_check_finds_nothing() -> None:
    run = CliRunner().invoke(cli, ["check", str(FIRST_BANK), "--strict"])
    assert (run.exit_code, run.stderr) == (0, "")


def test_rules_are_hardly_ever_silenced() -> None:
    allowed = [*LOADED.bank.allow, *(code for question in QUESTIONS for code in question.allow)]
    assert len(allowed) <= MOST_ALLOWED


# Tags


def test_every_tag_is_declared_with_a_description_and_used(first_bank: BuiltBank) -> None:
    used = {tag.value for question in QUESTIONS for tag in question.tags}
    described = {entry.tag for entry in LOADED.bank.vocabulary.values() if entry.description.strip()}
    assert used == described
    packed = {tag for note in first_bank.whole.notes for tag in note.tags}
    assert packed == used | {f"level::{key}" for key, _, _ in LEVELS}


def test_every_topic_gathers_questions_of_several_levels() -> None:
    levels: dict[str, list[str]] = defaultdict(list)
    for question in QUESTIONS:
        for tag in question.tags:
            if tag.value.startswith("topic::"):
                levels[tag.value].append(question.level)
    assert {topic: found for topic, found in levels.items() if len(found) < 2} == {}
    alone = {topic: found[0] for topic, found in levels.items() if len(set(found)) == 1}
    assert alone == TOPICS_OF_ONE_LEVEL


# What learners already have: ids, and what their questions speak of


def test_ids_are_those_that_learners_have() -> None:
    """Progress hangs on the namespace and on these ids; new ones may come, and none may go or change."""
    assert LOADED.bank.namespace == NAMESPACE
    ids = sorted(FACTS | {question.id for question in QUESTIONS})
    if os.environ.get("UPDATE_GOLDEN"):
        IDS.write_text("".join(f"{key}\n" for key in ids), encoding="utf-8", newline="\n")
    assert ids == IDS.read_text(encoding="utf-8").splitlines()


def test_questions_are_the_fifty_in_their_order() -> None:
    found = {key: [question.id for question in LOADED.of_level(key)] for key, _, _ in LEVELS}
    assert found == {level: list(questions) for level, questions in IDEAS.items()}


def _bare(markdown: str) -> str:
    """Return a text without emphasis, in which hyphens and line breaks are blanks."""
    return " ".join(re.sub(r"[*_`]", "", markdown).replace("-", " ").split())


def _unspoken(question: Question, ideas: list[str]) -> Iterator[str]:
    card = "\n".join(_bare(text.value) for text in texts_of(question))
    for idea in ideas:
        if not re.search(rf"(?<!\w){re.escape(_bare(idea))}(?:e?s)?(?!\w)", card, re.IGNORECASE):
            yield idea


@pytest.mark.parametrize("level", IDEAS)
def test_every_card_speaks_of_its_ideas(level: str) -> None:
    missing = {q.id: list(_unspoken(q, IDEAS[level][q.id])) for q in LOADED.of_level(level)}
    assert {key: ideas for key, ideas in missing.items() if ideas} == {}
