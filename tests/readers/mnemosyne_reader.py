"""Import .cards files into Mnemosyne one after the other, and print its cards as JSON: `FOLDER CARDS...`.

After the first import every card gets the grade 4, which the later ones have to keep.
"""

import json
import sys
from pathlib import Path

from mnemosyne.script import Mnemosyne


def main(folder: Path, files: list[Path]) -> None:
    program = Mnemosyne(str(folder))
    widget = program.main_widget()
    for name in (
        "set_progress_text", "set_progress_range", "set_progress_update_interval", "increase_progress",
        "set_progress_value", "close_progress", "show_information", "show_error",
    ):  # fmt: skip
        setattr(widget, name, lambda *_args: None)
    (reader,) = [
        found for found in program.component_manager.all("file_format")
        if type(found).__name__ == "Mnemosyne2Cards"
    ]  # fmt: skip
    database = program.database()
    states = []
    for number, file in enumerate(files):
        reader.do_import(str(file), show_metadata=False)
        cards = [database.card(row[0], is_id_internal=True) for row in list(database.cards())]
        if number == 0:
            for card in cards:
                card.grade = 4
                database.update_card(card, repetition_only=True)
        states.append(
            {
                card.id: [card.question("plain_text"), card.fact["f"], card.fact["b"],
                          sorted(tag.name for tag in card.tags), card.grade]
                for card in cards
            }
        )  # fmt: skip
    media = sorted(path.name for path in Path(database.media_dir()).iterdir() if path.is_file())
    database.save()
    program.finalise()
    sys.stdout.write("\n" + json.dumps({"states": states, "media": media}))


main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
