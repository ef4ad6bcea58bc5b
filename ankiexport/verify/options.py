"""The sets of options under which an upgrade is rehearsed, in one table."""

from dataclasses import dataclass
from enum import StrEnum


class Update(StrEnum):
    """When Anki replaces what the learner has by what the package brings."""

    IF_NEWER = "if newer"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class OptionSet:
    """What a learner chooses in Anki's import dialog; without arguments, what it offers at first.

    `chosen` says in the dialog's words what differs from that.
    """

    name: str
    chosen: str
    merge_note_types: bool = False
    update_notes: Update = Update.IF_NEWER
    update_note_types: Update = Update.IF_NEWER
    deck_presets: bool = False
    progress: bool = False


DEFAULT = OptionSet("default", "as Anki offers them: update notes and note types if newer, all else off")

# Of the 72 combinations those that differ in what they do: each choice alone, and the two
# combinations that people are told to try when an update "does not work".
ALL = (
    DEFAULT,
    OptionSet("merge", "merge note types", merge_note_types=True),
    OptionSet("notes-always", "update notes: always", update_notes=Update.ALWAYS),
    OptionSet("notes-never", "update notes: never", update_notes=Update.NEVER),
    OptionSet("types-always", "update note types: always", update_note_types=Update.ALWAYS),
    OptionSet("types-never", "update note types: never", update_note_types=Update.NEVER),
    OptionSet("presets", "import any deck presets", deck_presets=True),
    OptionSet("progress", "import any learning progress", progress=True),
    OptionSet(
        "merge-always", "merge note types, update notes: always",
        merge_note_types=True, update_notes=Update.ALWAYS,
    ),
    OptionSet(
        "everything", "all boxes ticked, update notes and note types: always",
        merge_note_types=True, update_notes=Update.ALWAYS, update_note_types=Update.ALWAYS,
        deck_presets=True, progress=True,
    ),
)  # fmt: skip
