"""CommonMark, in which people write, as Markdown that Python-Markdown reads as the same."""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"([ ]*)([-*+]|\d{1,9}[.)])([ ]{1,4})(?=\S)")
_TABLE = re.compile(r"[ ]{0,3}\|?(?:[ ]*:?-+:?[ ]*\|)+(?:[ ]*:?-+:?[ ]*)?$")


def our_markdown(text: str) -> str:
    """Return a text with what Python-Markdown needs: blank lines before lists, tables and fences, four spaces below an item."""
    return "\n".join(_lines(text.expandtabs(4).split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    fence, offsets = "", list[int]()
    before = ""
    for number, line in enumerate(lines):
        opening = _FENCE.match(line.lstrip()) if offsets else _FENCE.match(line)
        if fence:
            fence = "" if opening and line.strip().startswith(fence) and not line.strip(" `~") else fence
            yield _indented(line, offsets)
            before = line
            continue
        item = _ITEM.match(line)
        indent = len(line) - len(line.lstrip(" "))
        was_in_list = bool(offsets)
        if line.strip():
            # The items that this line still belongs to.
            while offsets and indent < offsets[-1] and (item or not before.strip()):
                offsets.pop()
        starts_list = item is not None and (item[2] in "-*+" or was_in_list or item[2][:-1] == "1")
        is_table = number + 1 < len(lines) and "|" in line and _TABLE.match(lines[number + 1]) is not None
        after_item = _ITEM.match(before) is not None or bool(offsets)
        if before.strip() and (
            (starts_list and not after_item) or opening or (is_table and "|" not in before)
        ):
            yield ""
        if starts_list and item is not None:
            marker = item[2][:-1] + ". " if item[2][-1] == ")" else f"{item[2]} "
            yield " " * (4 * len(offsets)) + marker + line[item.end() :]
            offsets.append(item.end())
        else:
            yield _indented(line, offsets)
        if opening:
            fence = opening[1]
        before = line


def _indented(line: str, offsets: list[int]) -> str:
    if line.endswith("\\") and not line.endswith("\\\\"):
        line = f"{line[:-1].rstrip()}  "
    if not offsets or not line.strip():
        return line
    indent = len(line) - len(line.lstrip(" "))
    return " " * (4 * len(offsets) + max(0, indent - offsets[-1])) + line.lstrip(" ")
