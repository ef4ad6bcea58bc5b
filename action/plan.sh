#!/usr/bin/env bash
# Writes into the summary what the change does to learners.
set -euo pipefail

options=(--format markdown --out "$OUT")
# A bank that is new has nothing before it.
if [ -n "$REVISION" ] && git cat-file -e "$REVISION:./$BANK/bank.yaml" 2> /dev/null; then
  options+=(--against "$REVISION")
fi
{
  echo "### What this does to learners"
  echo
  ankiexport plan "$BANK" "${options[@]}"
} >> "$GITHUB_STEP_SUMMARY"
