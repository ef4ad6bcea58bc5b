"""Advice on the quality of questions: rules that only warn, and can be silenced for one question."""

from collections.abc import Iterable
from dataclasses import replace

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.acronyms import acronyms_are_explained
from ankiexport.quality.duplicates import questions_are_asked_once
from ankiexport.quality.finding import BankRule, Finding, Rule
from ankiexport.quality.links import links_lead_somewhere
from ankiexport.quality.lists import lists_are_seen_as_lists, lists_can_be_recalled
from ankiexport.quality.outline import Overview
from ankiexport.quality.rules import (
    answers_have_a_common_length,
    facts_have_one_idea,
    hints_keep_the_answer,
    levels_and_tags_hold_enough,
    questions_are_open,
    sources_have_a_year,
)
from ankiexport.question import Bank, LoadedBank, Question

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
# Of a new one here, `rebuilding/edits.py` has to know when an edit can change what it finds.
BANK_RULES: tuple[BankRule, ...] = (
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
    asked = replace(loaded, questions=tuple(question for question in loaded.questions if not question.fields))
    return _not_allowed(loaded.bank, (finding for rule in RULES for finding in rule(asked)))


def advise_bank(overview: Overview) -> list[Diagnostic]:
    """Return what is found only in sight of the whole bank, without what questions or the bank allow.

    Questions with given fields are left out here, too.
    """
    judged = overview.judged
    return _not_allowed(overview.bank, (finding for rule in BANK_RULES for finding in rule(judged)))


def _not_allowed(bank: Bank, findings: Iterable[Finding]) -> list[Diagnostic]:
    everywhere = {text.value.strip() for text in bank.allow}
    return [
        finding.diagnostic
        for finding in findings
        if finding.diagnostic.code not in everywhere | _allowed(finding.question)
    ]


def _allowed(question: Question | None) -> set[str]:
    return {text.value.strip() for text in question.allow} if question else set()
