"""The words that cards show besides a bank's own; a bank in another language gives its own."""

DEFAULT_LABELS = {
    "hint": "Hint",
    "answer": "Answer",
    "key_points": "Key points",
    "pitfalls": "Pitfalls",
    "follow_ups": "Follow-up questions",
    "sources": "Sources",
    "retired": "Retired",
    "retired_notice": "This is no longer part of the bank.",
    "replaced_by": "Asked instead:",
    "changed": "What changed",
}
