#!/usr/bin/env bash
# Pins what pyproject.toml allows, with hashes, for every platform.
# Packages stay at their pinned version; `tools/lock.sh --upgrade` takes newer ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-header --no-annotate "$@"
}

compile "$@" pyproject.toml --output-file requirements.txt

# The development file includes the runtime one and names only what that lacks: a package
# pinned in one place can't be pinned differently in another. What is already in the file
# counts as a preference, so the old pins stay unless --upgrade is given.
mapfile -t pinned < <(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package=\1/p' requirements.txt)
new=$(mktemp)
trap 'rm -f "$new"' EXIT
grep -v '^-r ' requirements-dev.txt > "$new" 2>/dev/null || true
compile "$@" --group dev --constraint requirements.txt "${pinned[@]}" --output-file "$new"
{ echo '-r requirements.txt'; cat "$new"; } > requirements-dev.txt
