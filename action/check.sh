#!/usr/bin/env bash
# Checks the bank; problems become annotations beside the lines that they are about.
set -euo pipefail

options=(--format github)
if [ "$STRICT" = true ]; then options+=(--strict); fi
if ! ankiexport check "$BANK" "${options[@]}"; then
  echo "**The bank has problems.** They stand beside its lines, and in the log of the step *Check the bank*." >> "$GITHUB_STEP_SUMMARY"
  exit 1
fi
