#!/usr/bin/env bash
# Finds the revision to compare with and fetches it, for a checkout is shallow. Without one, the output is empty.
set -euo pipefail

revision=$AGAINST
if [ -z "$revision" ]; then
  case "$GITHUB_EVENT_NAME" in
    pull_request) revision=$BASE_OF_PULL_REQUEST ;;
    push) if [ "$GITHUB_REF_TYPE" = branch ]; then revision=$BEFORE_PUSH; fi ;;
  esac
fi
# So GitHub writes that there was none.
if [[ "$revision" =~ ^0+$ ]]; then revision=; fi
if [[ "$revision" == -* ]]; then
  echo "::error::\"against\" must be a Git revision"
  exit 2
fi

if [ -n "$revision" ] && ! git rev-parse --verify --quiet "$revision^{commit}" > /dev/null; then
  if git fetch --quiet --no-tags --depth=1 origin "$revision"; then
    revision=$(git rev-parse FETCH_HEAD)
  else
    echo "::warning::The revision to compare with cannot be fetched"
    revision=
  fi
fi
echo "revision=$revision" >> "$GITHUB_OUTPUT"
