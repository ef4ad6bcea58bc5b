"""Texts that Python-Markdown would read for minutes: it looks for the end of each bracket to the end of the text."""

import re

# Each unit is a character looked at; a second is about a million of them.
_MOST = 4_000_000
_MARK = re.compile(r"[\[\]()<>]|^[ ]*(?:```|~~~)", re.MULTILINE)
_TICKS = "`" * 1000
_PAIRS = {"]": "[", ")": "(", ">": "<"}


def is_costly(text: str) -> bool:
    """Tell whether a text holds so many brackets or fences without an end that reading it takes long."""
    opened: dict[str, list[int]] = {"[": [], "(": [], "<": []}
    cost = fences = 0
    for mark in _MARK.finditer(text):
        sign = mark[0]
        if sign in opened:
            opened[sign].append(mark.start())
        elif sign in _PAIRS:
            starts = opened[_PAIRS[sign]]
            cost += mark.start() - starts.pop() if starts else 0
        else:
            fences += 1
    # In prose "<" and "(" may stay open; only brackets and elements make the parser go on.
    left = sum(len(text) - start for sign in "[<" for start in opened[sign])
    links = sum(len(text) - start for start in opened["("] if text.startswith("](", start - 1))
    if _TICKS in text:
        return True
    return cost + left + links + fences * len(text) // 8 > _MOST
