#!/usr/bin/env bash
# Says in the summary where the pictures are.
set -euo pipefail

echo "[Pictures of these cards]($ARTIFACT_URL): open \`index.html\` in the archive." >> "$GITHUB_STEP_SUMMARY"
