#!/bin/bash
# Make metafleet/python:3.11, the image that ours are built on, out of Debian's packages: no registry is asked.
# Where registries are to be had, `docker pull python:3.11-slim && docker tag python:3.11-slim metafleet/python:3.11`
# does as well. Needs root, debootstrap and a running engine (DOCKER_HOST); about a minute.
# usage: make.sh [work folder]
set -euo pipefail
WORK=${1:-${TMPDIR:-/tmp}/metafleet-base}
mkdir -p "$WORK/context"
if [ ! -f "$WORK/rootfs.done" ]; then
  rm -rf "$WORK/rootfs"
  debootstrap --variant=minbase --include=python3,python3-pip,python3-venv,ca-certificates \
    bookworm "$WORK/rootfs" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$WORK/debootstrap.log"
  touch "$WORK/rootfs.done"
fi
tar -C "$WORK/rootfs" --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' \
  --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' -c . |
  docker import -c 'ENV LANG=C.UTF-8' -c 'CMD ["python3"]' - metafleet/debian:12 > /dev/null
# The machine's own certificates: behind a proxy that opens TLS, pip in `docker build` would fail without.
CERTIFICATES=${SSL_CERT_FILE:-$(python3 -c 'import ssl; print(ssl.get_default_verify_paths().cafile or "")')}
cp -L "$CERTIFICATES" "$WORK/context/ca-certificates.crt"
cat > "$WORK/context/Dockerfile" <<'DOCKERFILE'
FROM metafleet/debian:12
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN ln -s python3 /usr/bin/python
DOCKERFILE
docker build --quiet --tag metafleet/python:3.11 "$WORK/context"
