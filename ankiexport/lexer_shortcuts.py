"""Lexers of Pygments in a shorter time, with the same tokens: rules are tried only where they can begin.

A lexer tries the regular expressions of its state one after the other, some twenty for each token. With which
characters a match can begin follows from the expression, so for each character there is a shorter list.
tests/test_markdown_shortcuts.py compares with lexers as they come.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from pygments.lexer import ExtendedRegexLexer, LexerContext, RegexLexer
from pygments.token import Error, Text, Whitespace, _TokenType

# A rule as Pygments keeps it: the method that matches, what is done with the match, and the next state.
_Rule = tuple[Any, Any, Any]
# Taking expressions apart costs some milliseconds, so a lexer that is seldom used is left alone.
_FROM_USE = 100


def shorten_lexer(lexer: Any) -> None:  # noqa: ANN401
    """Let a lexer try fewer rules from its hundredth text on, if it goes through its texts as most do."""
    if type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed:
        lexer.get_tokens_unprocessed = _Tokens(lexer)
    elif isinstance(lexer, ExtendedRegexLexer):
        lexer.__class__ = _with_quick_loop(type(lexer))


class _Tokens:
    """The loop of Pygments' `RegexLexer` over a text, with a list of rules for each state and character."""

    def __init__(self, lexer: Any) -> None:  # noqa: ANN401
        self._lexer = lexer
        self._uses = 0
        self._lists = _lists_of(lexer)

    def __call__(self, text: str, stack: Sequence[str] = ("root",)) -> Iterator[tuple[int, Any, str]]:
        self._uses += 1
        if self._uses <= _FROM_USE:
            return RegexLexer.get_tokens_unprocessed(self._lexer, text, stack)
        return self._tokens_of(text, [*stack])

    def _tokens_of(self, text: str, stack: list[str]) -> Iterator[tuple[int, Any, str]]:
        lexer, lists, position = self._lexer, self._lists, 0
        rules = lists[stack[-1]]
        while True:
            for match_at, action, state in rules[text[position : position + 1]]:
                match = match_at(text, position)
                if match:
                    if action is not None:
                        if type(action) is _TokenType:
                            yield position, action, match.group()
                        else:
                            yield from action(lexer, match)
                    position = match.end()
                    if state is not None:
                        _go_to(state, stack)
                        rules = lists[stack[-1]]
                    break
            else:
                if position >= len(text):
                    return
                if text[position] == "\n":
                    # As in Pygments, a line that no rule ends begins anew.
                    stack = ["root"]
                    rules = lists["root"]
                    yield position, Whitespace, "\n"
                else:
                    yield position, Error, text[position]
                position += 1


class _QuickLoop(ExtendedRegexLexer):
    """The loop of Pygments' `ExtendedRegexLexer`, whose rules look at where they are and set it.

    It comes between that class and those that are made from it, so these find it where they call their parent.
    """

    _uses = 0
    _lists: "dict[str, _Lists]"

    def get_tokens_unprocessed(self, text: Any = None, context: Any = None) -> Iterator[tuple[int, Any, str]]:  # noqa: ANN401
        """Return the tokens of a text, or of what is left in a context."""
        self._uses += 1
        if self._uses <= _FROM_USE:
            return super().get_tokens_unprocessed(text, context)
        if self._uses == _FROM_USE + 1:
            self._lists = _lists_of(self)
        return self._tokens_in(context or LexerContext(text, 0))

    def _tokens_in(self, at: Any) -> Iterator[tuple[int, Any, str]]:  # noqa: ANN401
        text, lists = at.text, self._lists
        rules = lists[at.stack[-1]]
        while True:
            for match_at, action, state in rules[text[at.pos] if at.pos < at.end else ""]:
                match = match_at(text, at.pos, at.end)
                if match:
                    if type(action) is _TokenType:
                        yield at.pos, action, match.group()
                        at.pos = match.end()
                    elif action is not None:
                        yield from action(self, match, at)
                    if state is not None:
                        _go_to(state, at.stack)
                    rules = lists[at.stack[-1]]
                    break
            else:
                if at.pos >= at.end:
                    return
                if text[at.pos] == "\n":
                    at.stack = ["root"]
                    rules = lists["root"]
                    yield at.pos, Text, "\n"
                else:
                    yield at.pos, Error, text[at.pos]
                at.pos += 1


@cache
def _with_quick_loop(kind: type) -> type:
    made: type = type(kind)(kind.__name__, (kind, _QuickLoop), {})
    return made


def _go_to(state: Any, stack: list[str]) -> None:  # noqa: ANN401
    """Change the stack of states as a rule says; one state always stays."""
    if isinstance(state, int):
        del stack[1 if abs(state) >= len(stack) else state :]
    elif state == "#push":
        stack.append(stack[-1])
    else:
        for one in state:
            if one == "#pop":
                del stack[max(1, len(stack) - 1) :]
            else:
                stack.append(stack[-1] if one == "#push" else one)


class _Lists(dict[str, tuple[_Rule, ...]]):
    """The rules of a state that can match where a character stands; at the end of the text, all of them."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        super().__init__({"": tuple(rules)})

    def __missing__(self, char: str) -> tuple[_Rule, ...]:
        found = self[char] = tuple(rule for rule in self[""] if _can_begin(rule[0], char))
        return found


def _lists_of(lexer: Any) -> dict[str, _Lists]:  # noqa: ANN401
    states = lexer._tokens  # noqa: SLF001 - where Pygments keeps the rules
    return {state: _Lists(rules) for state, rules in states.items()}


def _can_begin(match_at: Any, char: str) -> bool:  # noqa: ANN401
    pattern = getattr(match_at, "__self__", None)
    first = _first(pattern) if isinstance(pattern, re.Pattern) else None
    return first is None or first.match(char) is not None


class _UnknownError(Exception):
    """With which characters an expression can begin is not known."""


@cache
def _first(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """Return what matches each character with which a match of an expression can begin; None when all may."""
    try:
        parser, compiler = import_module("re._parser"), import_module("re._compiler")
        parsed = parser.parse(pattern.pattern, pattern.flags)
        firsts, may_be_empty = _firsts(parsed)
        if may_be_empty:
            return None
        ways = [parser.SubPattern(parsed.state, [first]) for first in firsts]
        any_of = parser.SubPattern(parsed.state, [(parser.BRANCH, (None, ways))])
        first: re.Pattern[str] = compiler.compile(any_of, pattern.flags)
    # The modules are Python's own: with another Python that has others, all rules are tried.
    except (_UnknownError, ImportError, AttributeError, TypeError, ValueError):
        return None
    return first


def _firsts(items: Any) -> tuple[list[Any], bool]:  # noqa: ANN401
    """Return the parts of a parsed expression that can match its first character, and whether it can match none."""
    firsts: list[Any] = []
    for item in items:
        found, may_be_empty = _firsts_of(item)
        firsts += found
        if not may_be_empty:
            return firsts, False
    return firsts, True


def _firsts_of(item: Any) -> tuple[list[Any], bool]:  # noqa: ANN401
    kind, value = str(item[0]), item[1]
    match kind:
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
            return [item], False
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return [], True
        case "BRANCH":
            ways = [_firsts(way) for way in value[1]]
            return [first for way in ways for first in way[0]], any(way[1] for way in ways)
        case "SUBPATTERN" if not value[1] and not value[2]:
            return _firsts(value[3])
        case "ATOMIC_GROUP":
            return _firsts(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            firsts, may_be_empty = _firsts(value[2])
            return firsts, may_be_empty or value[0] == 0
    raise _UnknownError
