"""Numbers with their nouns."""


def plural(count: int, one: str, several: str = "") -> str:
    """Return a number with its noun: "1 card", "2 cards"; `several` is for nouns that take more than an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
