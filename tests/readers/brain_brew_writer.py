"""Let brain-brew take a CrowdAnki folder apart and build one of its own from that: `FOLDER WORKPLACE`."""

import json
import os
import sys
from pathlib import Path

from brain_brew.commands.init_repo.init_repo import InitRepo
from brain_brew.commands.run_recipe.run_recipe import RunRecipe
from brain_brew.configuration.file_manager import FileManager


def main(folder: Path, workplace: Path) -> None:
    workplace.mkdir(parents=True)
    os.chdir(workplace)
    FileManager()
    InitRepo(str(folder), ",").execute()
    RunRecipe("recipes/source_to_anki.yaml", verify_only=False).execute()
    (built,) = (path for path in (workplace / "build").iterdir() if path.is_dir())
    sys.stdout.write("\n" + json.dumps(str(built)))


main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
