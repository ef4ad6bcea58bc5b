"""What a build can do to a learner, each kind with its consequence in Anki: one table.

Every sentence is true of real Anki under the options that its import dialog offers at first. The test
that shows it stands beside it.
"""

from enum import StrEnum

from ankiexport.plan import NoteTypeChangeKind


class Effect(StrEnum):
    """A kind of change, in the order in which a report tells them."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    MOVED = "moved"
    RETIRED = "retired"
    RESTORED = "restored"
    NEW_CARDS = "new_cards"
    LOST_CARDS = "lost_cards"
    OVERWRITTEN = "overwritten"
    OUTDATED = "outdated"
    CONFLICTING = "conflicting"
    LEFT = "left"
    NOTE_TYPE_ADDED = "note_type_added"
    NOTE_TYPE_APPEARANCE = "note_type_appearance"
    NOTE_TYPE_SCHEMA = "note_type_schema"
    NOTE_TYPE_OUTDATED = "note_type_outdated"
    DECK_ADDED = "deck_added"
    DECK_RENAMED = "deck_renamed"
    DECK_GONE = "deck_gone"


OF_NOTE_TYPE = {
    NoteTypeChangeKind.ADDED: Effect.NOTE_TYPE_ADDED,
    NoteTypeChangeKind.APPEARANCE: Effect.NOTE_TYPE_APPEARANCE,
    NoteTypeChangeKind.SCHEMA: Effect.NOTE_TYPE_SCHEMA,
}

CONSEQUENCES: dict[Effect, str] = {
    # tests/test_plan_in_anki.py: test_added_notes_come_new_in_their_decks
    Effect.ADDED: "New cards, in the decks that the bank puts them in.",
    # tests/test_plan_in_anki.py: test_changed_notes_lose_what_is_the_learners_but_keep_progress
    Effect.CHANGED: (
        "Fields and tags are replaced: what learners wrote into them and tags of their own are lost. Progress stays."
    ),
    # tests/test_plan_in_anki.py: test_renamed_notes_are_the_same_notes
    Effect.RENAMED: "The GUID stays the same, so learners keep the note with its progress.",
    # tests/test_plan_in_anki.py: test_moved_cards_stay_with_all_that_is_the_learners
    Effect.MOVED: "Cards that learners have stay in the decks where they are.",
    # tests/test_plan_in_anki.py: test_retired_notes_are_tagged_where_they_are
    Effect.RETIRED: (
        "The note gets the tag retired and says so on the card; cards stay where they are, with their progress. "
        "What learners wrote into the note and tags of their own are lost."
    ),
    # tests/test_plan_in_anki.py: test_restored_notes_are_asked_again
    Effect.RESTORED: (
        "The note loses the tag retired and is asked again, with the progress from before. What learners wrote "
        "into it and tags of their own are lost."
    ),
    # tests/test_plan_in_anki.py: test_new_cards_of_known_notes_come_in_the_decks_of_the_bank
    Effect.NEW_CARDS: "New cards, in the decks that the bank puts them in.",
    # tests/test_plan_in_anki.py: test_cards_that_fall_away_stay_empty
    Effect.LOST_CARDS: (
        "Anki keeps such cards, but they ask nothing any more; learners remove them with Tools › Empty Cards."
    ),
    # tests/test_plan_in_anki.py: test_the_same_content_with_a_newer_time_overwrites
    Effect.OVERWRITTEN: (
        "The content is the same but its time is newer, so Anki replaces it: what learners wrote into fields and tags "
        "of their own are lost."
    ),
    # tests/test_plan_in_anki.py: test_a_change_without_a_newer_time_does_not_arrive
    Effect.OUTDATED: "Its time is not newer than that of what learners have, so Anki keeps the old content.",
    # tests/test_plan_in_anki.py: test_another_note_type_is_a_conflict
    Effect.CONFLICTING: "It has another note type than learners have, so Anki does not update it.",
    # tests/test_plan_in_anki.py: test_notes_that_are_not_shipped_stay_as_they_are
    Effect.LEFT: "No longer shipped: learners keep what they have, and nothing tells them.",
    # tests/test_plan_in_anki.py: test_added_notes_come_new_in_their_decks
    Effect.NOTE_TYPE_ADDED: "It comes with its notes.",
    # tests/test_plan_in_anki.py: test_a_new_look_replaces_the_learners_own
    Effect.NOTE_TYPE_APPEARANCE: (
        "All cards get the new look at once; what learners changed in card templates and styling is lost."
    ),
    # tests/test_plan_in_anki.py: test_another_schema_needs_merge_and_always
    Effect.NOTE_TYPE_SCHEMA: (
        "With the options that Anki offers at first, learners get a second note type, and none of its notes is updated "
        "any more. With Merge note types, and Update notes set to Always, everything arrives, and notes that did "
        "not change are replaced as well; Anki then asks for a full sync."
    ),
    # tests/test_plan_in_anki.py: test_a_look_without_a_newer_time_does_not_arrive
    Effect.NOTE_TYPE_OUTDATED: "Its time is not newer than that of what learners have, so Anki keeps the old look.",
    # tests/test_plan_in_anki.py: test_decks_are_made_and_never_renamed_or_removed
    Effect.DECK_ADDED: "Anki makes it at the import, even if no card comes into it.",
    # tests/test_plan_in_anki.py: test_decks_are_made_and_never_renamed_or_removed
    Effect.DECK_RENAMED: (
        "Learners keep the old deck with their cards; one with the new name comes beside it, for new cards."
    ),
    # tests/test_plan_in_anki.py: test_decks_are_made_and_never_renamed_or_removed
    Effect.DECK_GONE: "Learners keep it, with the cards that are in it.",
}
