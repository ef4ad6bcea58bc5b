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
    facts_have_one_idea,
    lists_can_be_recalled,
    lists_are_seen_as_lists,
    questions_are_open,
    acronyms_are_explained,
    sources_have_a_year,
    links_lead_somewhere,
)
BANK_RULES: tuple[Rule, ...] = (
    answers_have_a_common_length,
    questions_are_asked_once,
    levels_and_tags_hold_enough,
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
    """Return what is found in each question by itself, without what questions or the bank allow.

    Questions with given fields are left out: what their fields mean is not known.
    """
    return _found(loaded, RULES)


def advise_bank(loaded: LoadedBank) -> list[Diagnostic]:
    """Return what is found only in sight of the whole bank, without what questions or the bank allow.

    Questions with given fields are left out here, too.
    """
    return _found(loaded, BANK_RULES)


def _found(loaded: LoadedBank, rules: tuple[Rule, ...]) -> list[Diagnostic]:
    asked = replace(loaded, questions=tuple(question for question in loaded.questions if not question.fields))
    everywhere = {text.value.strip() for text in loaded.bank.allow}
    return [
        finding.diagnostic
        for rule in rules
        for finding in rule(asked)
        if finding.diagnostic.code not in everywhere | _allowed(finding.question)
    ]


def _allowed(question: Question | None) -> set[str]:
    return {text.value.strip() for text in question.allow} if question else set()
