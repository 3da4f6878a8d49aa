#!/bin/bash
# Build PgBouncer's image, and print its id. Needs the base image (../base/make.sh) and a running engine (DOCKER_HOST).
# usage: build.sh [tag, metafleet/pooler:latest if none is named]
# BUILD_NETWORK=host where the engine has no bridge of its own.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
docker build --quiet --network "${BUILD_NETWORK:-default}" --tag "${1:-metafleet/pooler:latest}" "$HERE"
