"""The table of diagnostic codes: each with its severity, its reason and what to do.

A code is a promise: people filter and silence by it, so it is never renamed or reused.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """What a code stands for: why the rule exists, and whether it only warns."""

    reason: str
    warning: bool = False


def _warns(reason: str) -> Code:
    return Code(reason, warning=True)


CODES: dict[str, Code] = {
    # Files
    "bank-empty": Code("A bank without a question would build decks without a card."),
    "file-encoding": Code(
        "Source files are UTF-8; anything else would show as garbage on some learner's screen."
    ),
    "file-too-large": Code(
        "A question file of more than 8 MB is not text that a person wrote; it is refused unread."
    ),
    "file-unreadable": Code(
        "A file that cannot be read may hold questions, so the build cannot be complete."
    ),
    "yaml-syntax": Code("The file is not valid YAML, so its questions cannot be read."),
    "yaml-depth": Code("Nothing in a bank needs deep nesting; it is refused before it can eat memory."),
    "markdown-depth": Code("Lists and quotations that are nested too deep cannot be turned into HTML."),
    "yaml-documents": Code("A file holds one YAML document; a second one would be ignored in silence."),
    "duplicate-key": Code("YAML keeps the last of two equal keys in silence, and the first text is lost."),
    "front-matter": Code("A Markdown question file begins with front matter, which names its level."),
    "markdown-layout": Code("A Markdown question file has a heading per question and known sub-headings."),
    # Shape
    "unknown-key": Code(
        "A misspelt key would be ignored in silence, and its text would be missing from the card."
    ),
    "unknown-card": Code("A deck for a card that the note does not have would never be used."),
    "missing-key": Code("A required key is not there."),
    "wrong-type": Code("The value is of another kind than the key takes."),
    "bad-value": Code("The value is of the right kind, but not one that this key can take."),
    "empty-text": Code("An empty question or answer would make a card that nobody can study."),
    # Ids
    "missing-id": Code(
        "The id ties a card to a learner's progress, so it is written down and never derived."
    ),
    "bad-id": Code("Ids are slugs: lower-case letters, digits and hyphens, at most 80 characters."),
    "duplicate-id": Code(
        "Two questions with one id would overwrite each other in every learner's collection."
    ),
    "renamed-id": Code(
        "Learners know a question by its id: under another one it is a new card, and their progress is gone."
    ),
    "unknown-id": _warns("An id that was never shipped is mostly a typo."),
    # What learners have
    "lock-conflict": Code("Until the lock is whole again, nobody knows what learners have."),
    "lock-corrupt": Code("A damaged lock is never guessed at or overwritten: it says what learners have."),
    "lock-newer": Code("An older program would drop what a newer one has written into the lock."),
    "lock-foreign": Code("With the lock of another bank every note would look new."),
    "lock-missing": _warns("Without its lock a build takes every note for a new one, and updates them all."),
    "lock-clock": _warns(
        "A time in the future makes Anki overwrite learners' own edits at every import until it has come."
    ),
    "lock-stale": Code("The lock does not know what the bank holds now; build and commit it."),
    "note-type-changed": Code(
        "Anki refuses to update a note that comes with another note type, so it would stay as it is for ever."
    ),
    "schema-changed": Code(
        "Other fields or card templates cost every learner a full sync, and without settings of their own "
        "all further updates."
    ),
    # Levels and tags
    "unknown-level": Code(
        "A level that bank.yaml does not list has no deck and no place in the order of study."
    ),
    "empty-level": _warns("A level without questions makes no deck."),
    "unknown-tag": Code(
        "A tag outside the vocabulary is mostly a typo, and a typo hides the card from every search."
    ),
    "bad-tag": Code(
        "Anki splits tags at spaces and renames empty parts, so such a tag would not arrive as written."
    ),
    "reserved-tag": Code("Learners find retired and revised notes by these tags, so builds alone give them."),
    "alias-tag": _warns("An alias is understood, but the canonical tag is what learners see and search for."),
    # Searches
    "bad-search": Code("A search that Anki does not understand, or that no bank can answer, finds nothing."),
    "empty-search": _warns("A search that finds nothing builds no package."),
    # Media
    "missing-media": Code("The file is not there, and Anki refuses a package that lists a missing file."),
    "media-outside": Code(
        "Only files below the bank's media folder are packed, so that a bank cannot read others."
    ),
    "media-name": Code("Anki would change the file name, and the card would show a broken image."),
    "media-absent": _warns(
        "A bank that keeps the names of its media may refer to a file that learners have already."
    ),
    "media-remote": _warns(
        "The picture is fetched from the network each time, and learners are often offline."
    ),
    # Cards
    "cloze-syntax": Code("A cloze that is not written as Anki reads it is shown to the learner as raw text."),
    "cloze-missing": Code("A cloze note without a cloze has no card."),
    "cloze-markup": Code("Markdown took a cloze apart (mostly highlighted code), so Anki would not find it."),
    "cloze-elsewhere": Code(
        "Anki makes a card of every cloze in any field; one outside the text asks nothing."
    ),
    "cloze-unused": _warns("The text has a cloze, but its note type would show the braces as they are."),
    "formula": Code(
        "MathJax leaves a formula that it cannot read as it is written, or shows an error in its place."
    ),
    "no-mathjax": _warns("Formulas in web pages are typeset by MathJax, which another package carries."),
    "no-card": Code("With these fields every front is empty, so the note would have no card."),
    # Sources of an import
    "source-row": Code(
        "In a row with other cells than the first, mostly a quote is missing, and texts come into wrong columns."
    ),
    "source-syntax": Code("The source does not keep to its own format here, so a card would be lost or cut."),
    "source-media": _warns(
        "A file that the source does not have, or that lies outside of its folder, cannot be taken over."
    ),
    "source-skipped": _warns("What stands here is no card, so it is left out."),
    # Other formats
    "export-refused": _warns("The format would show this card as something else, so it is left out."),
    "formula-as-text": _warns("What typesets formulas for print does not know a command that MathJax knows."),
    "card-overflow": _warns(
        "A printed card has only so much room; the rest is set smaller or on further cards."
    ),
    # Quality: matters of taste that most authors share; `allow` silences them
    "gives-away": _warns("Who reads the answer in the question or the hint does not recall it."),
    "answer-length": _warns(
        "An answer far from the length of the others is mostly two questions, or a fact."
    ),
    "fact-length": _warns(
        "Long facts and facts with two ideas are forgotten in part, and graded as a whole."
    ),
    "long-list": _warns(
        "Nobody recalls more than about seven items; a list that is too long is failed for ever."
    ),
    "unseen-list": _warns(
        "Python-Markdown sees a list only after a blank line, and a nested one at four spaces."
    ),
    "yes-no": _warns("A question that yes or no answers is guessed half of the time."),
    "near-duplicate": _warns("Two cards that ask the same thing cost twice and confuse each other."),
    "same-question": _warns("One question with two answers cannot be answered."),
    "acronym": _warns("Each card is met alone: what the letters stand for must be on it."),
    "few-questions": _warns("A tag or level with next to no questions gathers nothing to study."),
    "source-year": _warns("A source without a year cannot be told from another edition or paper."),
    "dead-link": _warns("The link leads nowhere."),
    # Card templates
    "unknown-note-type": Code("There are no card templates of that name."),
    "note-type": Code("The note type's description is not one that Anki could use."),
    "jinja": Code("Jinja cannot read or run the template."),
    "template-syntax": Code("Anki cannot read the card template, and would import it without a word."),
    "template-unknown-field": Code("The card template names a field that the note type does not have."),
    "template-empty-front": Code("A front without a field never makes a card."),
    "template-cloze": Code("Cloze filters and note types of kind cloze only work together."),
    "given-template": _warns(
        "A note type that is given as it is shows an error or an empty card, as it did before."
    ),
    "given-fields": Code("Fields are given for note types that are declared so, and for no other."),
    "field-separator": Code(
        "The character U+001F separates fields in a collection, so no field can hold it."
    ),
}
