#!/usr/bin/env bash
# Installs the ankiexport of this checkout apart from all else, and puts it on the path of later steps.
set -euo pipefail

"${PYTHON:-python3}" -m venv "$RUNNER_TEMP/ankiexport"
"$RUNNER_TEMP/ankiexport/bin/python" -m pip install --quiet --disable-pip-version-check \
  --constraint "$GITHUB_ACTION_PATH/constraints.txt" "$GITHUB_ACTION_PATH[pictures]"
# Nothing but the command: the Python of the job stays what it is.
mkdir -p "$RUNNER_TEMP/ankiexport-bin"
ln -sf "$RUNNER_TEMP/ankiexport/bin/ankiexport" "$RUNNER_TEMP/ankiexport-bin/ankiexport"
echo "$RUNNER_TEMP/ankiexport-bin" >> "$GITHUB_PATH"
