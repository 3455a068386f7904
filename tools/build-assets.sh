#!/usr/bin/env bash
# Compiles the GOV.UK Frontend that the package ships in procureflow/web/static/vendor/.
# Needs Node.js with npm. After a change of version: the templates name it too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The version that the pinned govuk-frontend-jinja writes the markup for.
frontend=6.3.0
sass=1.108.2
vendor=$PWD/procureflow/web/static/vendor

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --silent \
  "govuk-frontend@$frontend" "sass@$sass"

# A council may not use the Transport font, the crown or the crest, so it gets none of them:
# a font that every system has, and no picture where the footer would show the crest.
cat > "$work/_images.scss" <<'SCSS'
@function none($filename) {
  @return none;
}
SCSS
cat > "$work/main.scss" <<'SCSS'
@use "sass:meta";
@use "images";
@use "node_modules/govuk-frontend/dist/govuk" with (
  $govuk-font-family: ("Helvetica Neue", Arial, sans-serif),
  $govuk-include-default-font-face: false,
  $govuk-image-url-function: meta.get-function("none", $module: "images")
);
SCSS

mkdir -p "$vendor"
css=$vendor/govuk-frontend-$frontend.min.css
js=$vendor/govuk-frontend.min.js
rm -f "$vendor"/govuk-frontend*.min.{css,js}
"$work/node_modules/.bin/sass" --style=compressed --no-source-map --no-charset "$work/main.scss" "$css"
sed 's|//# sourceMappingURL=.*||' "$work/node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js" > "$js"

# What would be a missing file to a browser, or a mark that isn't ours.
if grep -noE 'url\([^)]*\)|@font-face|GDS Transport|sourceMappingURL' "$css" "$js"; then
  echo "These must not be shipped: see the lines above." >&2
  exit 1
fi
