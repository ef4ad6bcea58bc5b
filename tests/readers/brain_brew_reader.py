"""Read a CrowdAnki folder with brain-brew, and print what it has found as JSON: `FOLDER`."""

import json
import sys
from pathlib import Path

from brain_brew.representation.json.crowd_anki_export import CrowdAnkiExport
from brain_brew.representation.json.wrappers_for_crowd_anki import CrowdAnkiNoteWrapper


def main(folder: Path) -> None:
    export = CrowdAnkiExport(folder.as_posix())
    decks = [export.json_data.data]
    notes = []
    while decks:
        deck = decks.pop()
        decks += deck["children"]
        notes += [CrowdAnkiNoteWrapper(note) for note in deck["notes"]]
    models = {model.id: model for model in export.note_models}
    found = {
        "models": {model.name: [field.name for field in model.fields] for model in models.values()},
        "templates": {model.name: len(model.templates) for model in models.values()},
        "notes": {
            note.guid: [models[note.note_model].name, sorted(note.tags), note.fields] for note in notes
        },
        "media": sorted(path.name for path in Path(export.media_loc).iterdir()),
    }
    sys.stdout.write(json.dumps(found))


main(Path(sys.argv[1]))
