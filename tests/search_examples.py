"""The examples of docs/search.md: the bank that it writes down, and what each search finds in it."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "search.md"
_TEXT = PAGE.read_text(encoding="utf-8")

# Each search with the ids of the notes that the page says it finds.
EXAMPLES = {
    query.replace("\\|", "|"): sorted(found.replace(",", " ").split())
    for query, found in re.findall(r"^\| `(.+?)` \|([^|]*)\|", _TEXT, re.MULTILINE)
}


def write_bank(folder: Path) -> Path:
    """Write the bank of the page into a folder, and return that."""
    for name, content in re.findall(r"```yaml\n# (\S+)\n(.*?)```", _TEXT, re.DOTALL):
        (folder / name).write_text(content, encoding="utf-8")
    return folder
