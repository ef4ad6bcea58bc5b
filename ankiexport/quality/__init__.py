"""Advice on the quality of questions: rules that only warn, and can be silenced for one question."""

from dataclasses import replace

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.duplicates import questions_are_asked_once
from ankiexport.quality.finding import Rule
from ankiexport.quality.lists import lists_are_seen_as_lists, lists_can_be_recalled
from ankiexport.quality.rules import (
    acronyms_are_explained,
    answers_have_a_common_length,
    facts_have_one_idea,
    hints_keep_the_answer,
    levels_and_tags_hold_enough,
    links_lead_somewhere,
    questions_are_open,
    sources_have_a_year,
)
from ankiexport.question import LoadedBank, Question

RULES: tuple[Rule, ...] = (
    hints_keep_the_answer,
    answers_have_a_common_length,
    facts_have_one_idea,
    lists_can_be_recalled,
    lists_are_seen_as_lists,
    questions_are_open,
    questions_are_asked_once,
    acronyms_are_explained,
    levels_and_tags_hold_enough,
    sources_have_a_year,
    links_lead_somewhere,
)

# The codes that `allow` can silence; all others are facts, not matters of taste.
CODES = (
    "gives-away",
    "answer-length",
    "fact-length",
    "long-list",
    "unseen-list",
    "yes-no",
    "near-duplicate",
    "same-question",
    "acronym",
    "few-questions",
    "source-year",
    "dead-link",
)


def advise(loaded: LoadedBank) -> list[Diagnostic]:
    """Return what the rules find, without what questions or the bank allow.

    Questions with given fields are left out: what their fields mean is not known.
    """
    loaded = replace(
        loaded, questions=tuple(question for question in loaded.questions if not question.fields)
    )
    everywhere = {text.value.strip() for text in loaded.bank.allow}
    return [
        finding.diagnostic
        for rule in RULES
        for finding in rule(loaded)
        if finding.diagnostic.code not in everywhere | _allowed(finding.question)
    ]


def _allowed(question: Question | None) -> set[str]:
    return {text.value.strip() for text in question.allow} if question else set()
