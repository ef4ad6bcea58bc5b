"""Searches that Anki answers from what a learner has done, which no bank can know."""

_STUDY = "only a learner's collection knows {}"
_PASTE = "paste this search into Anki's browser, or leave it out"

# By the word before the colon: why a bank has no answer.
REASONS: dict[str, str] = {
    "is": _STUDY.format("the state of a card"),
    "prop": _STUDY.format("the intervals, reviews and ease of a card"),
    "rated": _STUDY.format("when a card was answered"),
    "introduced": _STUDY.format("when a card was answered first"),
    "resched": _STUDY.format("when a card was rescheduled"),
    "added": _STUDY.format("when a card was added"),
    "edited": _STUDY.format("when a note was edited"),
    "flag": _STUDY.format("the flags of a card"),
    "has-cd": _STUDY.format("the data that schedulers keep with a card"),
    "did": "decks get their ids in the learner's collection",
    "preset": "which preset a deck has is the learner's choice",
}

# By the name of the deck.
DECKS: dict[str, str] = {
    "current": _STUDY.format("which deck is open"),
    "filtered": "a bank has no filtered decks: learners make them",
}
ADVICE = _PASTE
