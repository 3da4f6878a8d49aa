#!/bin/bash
# Build the image of MetaTrader 5 under Wine, and print its id.
# Needs metafleet/runner:latest (../runner/build.sh) and a running engine (DOCKER_HOST).
# usage: build.sh [tag, metafleet/runner-mt5:latest if none is named]
# BUILD_NETWORK=host where the engine has no bridge of its own.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
docker build --quiet --network "${BUILD_NETWORK:-default}" --tag "${1:-metafleet/runner-mt5:latest}" "$HERE"
