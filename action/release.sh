#!/usr/bin/env bash
# Attaches the packages to the release of the tag, which is made if there is none yet.
set -euo pipefail

if [ "$RELEASE" != true ]; then exit 0; fi
tag=$GITHUB_REF_NAME
if ! gh release view "$tag" > /dev/null 2>&1; then
  gh release create "$tag" --verify-tag --title "$tag" --notes ""
fi
gh release upload "$tag" "$OUT"/*.apkg "$OUT/manifest.json" --clobber
