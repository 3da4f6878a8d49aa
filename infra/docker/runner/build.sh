#!/bin/bash
# Build the image of the EA runner out of this checkout, and print its id: what METAFLEET_DOCKER_IMAGE may name.
# Needs the base image (../base/make.sh) and a running engine (DOCKER_HOST).
# usage: build.sh [tag, metafleet/runner:latest if none is named]
# BUILD_NETWORK=host where the engine has no bridge of its own.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../../.." && pwd)
TAG=${1:-metafleet/runner:latest}
CONTEXT=$(mktemp -d)
trap 'rm -rf "$CONTEXT"' EXIT
cp "$HERE/Dockerfile" "$HERE/alive.awk" "$CONTEXT/"
mkdir "$CONTEXT/metafleet"
cp "$ROOT/src/metafleet/__init__.py" "$CONTEXT/metafleet/"
tar -C "$ROOT/src/metafleet" --exclude=tests --exclude=__pycache__ --exclude='engine/market/sample/*.gz' \
  -c runner engine wire | tar -C "$CONTEXT/metafleet" -x
MSGSPEC=$(sed -n '/^name = "msgspec"$/{n;s/^version = "\(.*\)"$/\1/p;q}' "$ROOT/uv.lock")
# What a start asks the image for: the EAs' code, by the hashes that receipts name.
EXPERTS=$(sha256sum "$CONTEXT"/metafleet/engine/experts/*.py | cut -d' ' -f1 | tr '\n' ' ')
docker build --quiet --network "${BUILD_NETWORK:-default}" --tag "$TAG" --build-arg "MSGSPEC=$MSGSPEC" \
  --label "metafleet.experts=$EXPERTS" "$CONTEXT"
