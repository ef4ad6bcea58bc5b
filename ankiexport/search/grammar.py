"""The tree of a search: brackets, `or`, `and`, `-`, and the terms that they join."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from ankiexport.search.conditions import Condition, always, joined, negated
from ankiexport.search.tokens import Kind, Token

MAX_DEPTH = 200
_JOINTS = {Kind.AND, Kind.OR}


def condition_of(found: Iterable[Token], of_term: Callable[[Token], Condition]) -> Condition:
    """Return the condition that tokens stand for; without any, all notes match. Raises `SearchError`."""
    builder = _Builder(of_term)
    for token in found:
        builder.take(token)
    return builder.finished()


@dataclass(slots=True)
class _Group:
    """A bracket that is open, or the whole search: rows of conditions, with `or` between the rows."""

    opened: Token | None = None
    is_negated: bool = False
    rows: list[list[Condition]] = field(default_factory=lambda: [[]])
    last: Token | None = None

    def condition(self) -> Condition:
        """Return the condition of all that is in the brackets."""
        if self.last and self.last.kind in _JOINTS:
            _misplaced(self.last)
        whole = joined([joined(row, every=True) for row in self.rows], every=False)
        return negated(whole) if self.is_negated else whole


class _Builder:
    """Takes tokens one by one; brackets are kept on a stack, so that nothing recurses."""

    def __init__(self, of_term: Callable[[Token], Condition]) -> None:
        self._of_term = of_term
        self._groups = [_Group()]
        self._minus = False

    def take(self, token: Token) -> None:
        """Add the next token."""
        if token.kind is Kind.MINUS:
            self._minus = True
            return
        if token.kind is Kind.OPEN:
            self._open(token)
        elif token.kind is Kind.CLOSE:
            self._close(token)
        elif token.kind in _JOINTS:
            self._join(token)
        else:
            condition = self._of_term(token)
            self._groups[-1].rows[-1].append(negated(condition) if self._minus else condition)
        if token.kind is not Kind.OPEN:
            self._groups[-1].last = token
        self._minus = False

    def finished(self) -> Condition:
        """Return the condition of the whole search."""
        whole, *unclosed = self._groups
        for group in unclosed:
            if group.opened:
                group.opened.fail("the bracket is not closed", r'add ")", or write \( for the bracket itself')
        return whole.condition() if whole.last else always(holds=True)

    def _join(self, token: Token) -> None:
        group = self._groups[-1]
        if self._minus or group.last is None or group.last.kind in _JOINTS:
            _misplaced(token)
        if token.kind is Kind.OR:
            group.rows.append([])

    def _open(self, token: Token) -> None:
        if len(self._groups) > MAX_DEPTH:
            token.fail("the brackets are nested too deep", in_anki=True)
        self._groups.append(_Group(token, self._minus))

    def _close(self, token: Token) -> None:
        if len(self._groups) == 1:
            token.fail("the bracket closes none that was opened", r"write \) for the bracket itself")
        inner = self._groups.pop()
        if inner.last is None:
            token.fail(
                "there is nothing between the brackets", 'put brackets that you search for into quotes: "()"'
            )
        self._groups[-1].rows[-1].append(inner.condition())


def _misplaced(token: Token) -> NoReturn:
    word = token.text.lower()
    advice = f'to search for the word itself, put it into quotes: "{word}"'
    token.fail(f'"{word}" has to stand between two things to search for', advice)
