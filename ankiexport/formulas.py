r"""What keeps MathJax from typesetting a formula, as far as it can be told without it.

Only what is wrong beyond doubt is reported: braces that do not pair, `\left` without `\right`, environments
that do not end as they began, and a `%`, behind which MathJax reads nothing. Whether a command exists is not
looked at: `ankiexport preview` asks MathJax itself.
"""

import re
from typing import NamedTuple

# What MathJax reads as one piece, where it matters here. A `%` takes the rest of its line with it.
_PIECE = re.compile(
    r"\\(?P<kind>begin|end)\s*\{(?P<name>[^{}]*)\}"
    r"|\\(?P<fence>left|right)(?![A-Za-z])"
    r"|(?P<comment>%[^\n]*)"
    r"|(?P<brace>[{}])"
    r"|\\(?:[A-Za-z]+|.|$)",
    re.DOTALL,
)


class FormulaProblem(NamedTuple):
    """What is wrong with a formula; the offset counts its characters."""

    message: str
    advice: str
    offset: int


class _Open(NamedTuple):
    """What has begun and not ended: a brace, a left fence, or an environment by its name."""

    kind: str
    offset: int
    name: str = ""

    def __str__(self) -> str:
        return {"brace": "{", "left": r"\left"}.get(self.kind, rf"\begin{{{self.name}}}")


def formula_problems(tex: str) -> list[FormulaProblem]:
    """Return the first thing that does not pair in a formula, or else what is lost behind a `%`."""
    stack: list[_Open] = []
    comments: list[FormulaProblem] = []
    for piece in _PIECE.finditer(tex):
        if piece["comment"]:
            message = f"{piece['comment'][:30]!r} is a comment in a formula, and is not shown"
            comments.append(FormulaProblem(message, r"write \%", piece.start()))
        elif piece["brace"] == "{":
            stack.append(_Open("brace", piece.start()))
        elif piece["fence"] == "left":
            stack.append(_Open("left", piece.start()))
        elif piece["kind"] == "begin":
            stack.append(_Open("begin", piece.start(), piece["name"]))
        elif piece["brace"] or piece["fence"] or piece["kind"]:
            problem = _ended(stack, piece)
            if problem is not None:
                return [problem]
    if stack:
        return [FormulaProblem(f"the {stack[-1]} is never closed", "close it", stack[-1].offset)]
    return comments


def _ended(stack: list[_Open], piece: re.Match[str]) -> FormulaProblem | None:
    """Take what ends off the stack, or return what is wrong with that."""
    wanted = _Open(
        "brace" if piece["brace"] else "left" if piece["fence"] else "begin", 0, piece["name"] or ""
    )
    if stack and (stack[-1].kind, stack[-1].name) == (wanted.kind, wanted.name):
        stack.pop()
        return None
    expected = f"the {stack[-1]} before it is still open" if stack else f"there is no {wanted} before it"
    return FormulaProblem(f"{piece[0]} ends what did not begin: {expected}", "pair them", piece.start())
