"""A learner at work in a collection: studies for weeks, edits and tags notes, tidies decks."""

from collections.abc import Callable, Iterable
from pathlib import Path

from anki.cards import CardId
from anki.collection import Collection
from anki.decks import DeckId
from anki.models import NotetypeId
from anki.notes import Note, NoteId
from anki.scheduler.v3 import CardAnswer, Scheduler

from ankiexport.formats.apkg_reader import KEY_FIELD, PackageContents
from ankiexport.verify.engine import opened, repair, rows
from ankiexport.verify.snapshot import Traces
from ankiexport.verify.treatments import Schedule, Treatment, in_no_order

PERSONAL_TAGS = ("marked", "my::own")

_PERSONAL_WORDS = " (in my own words)"
_OWN_DECK = "Mine"
_FLAG = 3
_DAY = 86_400

# The days between the sessions, so that what was easy in the first is due again in the second.
_PAUSES = (5, 14)

_SESSIONS = (
    ((Treatment.REVIEW, Treatment.LAPSE), CardAnswer.EASY),
    ((Treatment.REVIEW, Treatment.LAPSE), CardAnswer.GOOD),
    ((Treatment.LAPSE, Treatment.LEARN), CardAnswer.AGAIN),
)


def study(folder: Path, package: PackageContents, schedule: Schedule, moment: int) -> Traces:
    """Do everything of a schedule in the collection of a folder, which has imported the package.

    To Anki, the notes that the learner changes were changed at the given moment.
    """
    for number, (treatments, rating) in enumerate(_SESSIONS):
        if number:
            _pass_days(folder, _PAUSES[number - 1])
        with opened(folder) as collection:
            _answer(collection, _Cards(collection, schedule).of(*treatments), rating)
    with opened(folder) as collection:
        decks = frozenset(deck.name for deck in collection.decks.all_names_and_ids())
        traces = _make_it_ones_own(collection, package, schedule, decks)
        # What is not quite right by now is the old package's affair, or that of the passing of days.
        repair(collection)
        _execute(collection, "UPDATE notes SET mod = ? WHERE mod > ?", moment, moment)
    return traces


class _Cards:
    """Finds the notes and cards that get a treatment."""

    def __init__(self, collection: Collection, schedule: Schedule) -> None:
        self.schedule = schedule
        self.note_ids = {guid: NoteId(key) for key, guid in rows(collection, "SELECT id, guid FROM notes")}
        self.card_ids: dict[int, list[CardId]] = {}
        for card_id, note_id in rows(collection, "SELECT id, nid FROM cards ORDER BY nid, ord"):
            self.card_ids.setdefault(note_id, []).append(CardId(card_id))

    def notes(self, *treatments: Treatment) -> list[NoteId]:
        """Return the notes that get one of these treatments."""
        return [self.note_ids[guid] for guid in self.schedule.having(*treatments) if guid in self.note_ids]

    def of(self, *treatments: Treatment) -> list[CardId]:
        """Return the cards of these notes."""
        return [card_id for note_id in self.notes(*treatments) for card_id in self.card_ids.get(note_id, ())]


def _answer(collection: Collection, card_ids: Iterable[CardId], rating: "CardAnswer.Rating.V") -> None:
    scheduler = collection.sched
    assert isinstance(scheduler, Scheduler)
    for card_id in card_ids:
        card = collection.get_card(card_id)
        card.start_timer()
        states = collection._backend.get_scheduling_states(card_id)  # noqa: SLF001
        scheduler.answer_card(scheduler.build_answer(card=card, states=states, rating=rating))


def _pass_days(folder: Path, days: int) -> None:
    """Make everything in a collection so many days older, which to Anki is the same as waiting."""
    with opened(folder) as collection:
        seconds = days * _DAY
        # Reviews are due on a day counted from the collection's first, cards in learning at a second.
        _execute(collection, "UPDATE col SET crt = crt - ?", seconds)
        _execute(collection, "UPDATE cards SET due = due - ? WHERE queue = 1", seconds)
        _execute(collection, "UPDATE revlog SET id = id - ?", seconds * 1000)


def _make_it_ones_own(
    collection: Collection, package: PackageContents, schedule: Schedule, decks: frozenset[str]
) -> Traces:
    cards = _Cards(collection, schedule)
    collection.remove_notes(
        [cards.note_ids[guid] for guid in sorted(schedule.deleted & cards.note_ids.keys())]
    )
    edited: dict[int, str] = {note_id: _edit(collection, note_id) for note_id in cards.notes(Treatment.EDIT)}
    tagged = cards.notes(Treatment.TAG)
    collection.tags.bulk_add(tagged, " ".join(PERSONAL_TAGS))
    own = _add_own_notes(collection, package)
    collection.set_deck(cards.of(Treatment.MOVE), _deck(collection, _OWN_DECK))
    _tidy_decks(collection, package)
    collection.set_user_flag_for_cards(_FLAG, cards.of(Treatment.FLAG))
    # Buried first: what is suspended cannot be buried.
    collection.sched.bury_cards(cards.of(Treatment.BURY))
    collection.sched.suspend_cards(cards.of(Treatment.SUSPEND))
    return Traces(edited, frozenset(tagged), own, schedule.deleted, decks)


def _edit(collection: Collection, note_id: NoteId) -> str:
    """Write something of one's own into a note, and return the name of the field."""
    note = collection.get_note(note_id)
    # Not the first field, by which duplicates are found, nor the id; and no empty one, which may stand
    # for a card that the note does not have.
    others = [name for name, value in note.items()[1:] if value and name != KEY_FIELD]
    name = (others or note.keys())[0]
    note[name] += _PERSONAL_WORDS
    collection.update_note(note)
    return name


def _add_own_notes(collection: Collection, package: PackageContents) -> frozenset[int]:
    """Add a note of the learner's own to each note type of the package, and one of Anki's Basic."""
    deck = _deck(collection, _OWN_DECK)
    basic = collection.models.id_for_name("Basic")
    kinds = [NotetypeId(kind.id) for kind in package.note_types] + ([basic] if basic else [])
    own: list[Note] = []
    for kind in kinds:
        note_type = collection.models.get(kind)
        # A stranger's package may bring a note type that Anki has under another id already.
        if note_type is None:
            continue
        note = collection.new_note(note_type)
        for name in note.keys():  # noqa: SIM118
            note[name] = "" if name == KEY_FIELD else f"{{{{c1::My own}}}} {name}"
        collection.add_note(note, deck)
        own.append(note)
    return frozenset(note.id for note in own)


def _tidy_decks(collection: Collection, package: PackageContents) -> None:
    """Rename one deck of the package, and move another one elsewhere."""
    names = {card.deck for note in package.notes for card in note.cards}
    # A deck that has others below it would take these along.
    leaves = sorted(
        (name for name in names if not any(other.startswith(f"{name}::") for other in names)), key=in_no_order
    )
    changes: tuple[Callable[[DeckId, str], object], ...] = (
        lambda deck, name: collection.decks.rename(deck, f"{name} (mine)"),
        lambda deck, _name: collection.decks.reparent([deck], _deck(collection, _OWN_DECK)),
    )
    for name, change in zip(leaves, changes, strict=False):
        change(_deck(collection, name), name)


def _deck(collection: Collection, name: str) -> DeckId:
    return DeckId(collection.decks.add_normal_deck_with_name(name).id)


def _execute(collection: Collection, statement: str, *values: int) -> None:
    assert collection.db is not None
    collection.db.execute(statement, *values)
