#!/usr/bin/env bash
# Writes the cards that differ into the summary, before and after, and takes pictures of them.
set -euo pipefail

folder="$RUNNER_TEMP/cards-before-and-after"
cards="$RUNNER_TEMP/cards.md"
options=(--against "$REVISION" --markdown)
rm -rf "$folder"
if [ "$PICTURES" = true ] && ankiexport pictures "$BANK" "${options[@]}" --out "$folder" > "$cards"; then
  if [ -f "$folder/index.html" ]; then echo "folder=$folder" >> "$GITHUB_OUTPUT"; fi
else
  if [ "$PICTURES" = true ]; then echo "::warning::There are no pictures of the cards, see the log"; fi
  # The base may have errors that this mends: that is no reason to fail.
  if ! ankiexport pictures "$BANK" "${options[@]}" --no-pictures > "$cards"; then
    echo "The cards cannot be compared, see the log of the step *Show changed cards*." > "$cards"
  fi
fi
cat "$cards" >> "$GITHUB_STEP_SUMMARY"
