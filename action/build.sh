#!/usr/bin/env bash
# Builds the packages.
set -euo pipefail

options=(--out "$OUT")
if [ "$LOCKED" = true ]; then options+=(--locked); fi
if ! ankiexport build "$BANK" "${options[@]}"; then
  echo "**The packages were not built**, see the log of the step *Build the packages*." >> "$GITHUB_STEP_SUMMARY"
  exit 1
fi
echo "packages=$OUT" >> "$GITHUB_OUTPUT"
