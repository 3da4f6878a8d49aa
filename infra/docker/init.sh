#!/bin/bash
# Make what compose.yml needs and no repository holds: .env, settings.env, secrets/ and proxy/active/, beside this
# file or in the folder that -C names. What is there already is never touched, so it may be run again.
# usage: sudo init.sh [-C folder] HOSTNAME [MAIL_URL [MAIL_FROM]]
#   HOSTNAME   the name that people and terminals use, as app.example.com; it must lead to this server
#   MAIL_URL   the mail server, as smtp://name:password@mail.example.com:587; it can be written to
#              secrets/email_url later, but nothing starts before
# METAFLEET_TLS=internal for a certificate of its own authority, where no public name leads here; otherwise
# METAFLEET_TLS is the address that Let's Encrypt may write to, admin@HOSTNAME unless you say.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = -C ]; then HERE=$(cd "$2" && pwd); shift 2; fi
HOSTNAME=${1:-}
if [ -z "$HOSTNAME" ]; then
    if [ ! -f "$HERE/.env" ]; then echo "usage: $0 [-C folder] HOSTNAME [MAIL_URL [MAIL_FROM]]" >&2; exit 2; fi
    HOSTNAME=$(sed -n 's/^METAFLEET_HOSTNAME=//p' "$HERE/.env")
fi
if [ "$(id -u)" != 0 ]; then
    echo "init.sh: each secret belongs to the user of the one container that reads it; run it by root." >&2
    exit 1
fi
umask 077
SECRETS=$HERE/secrets
mkdir -p "$SECRETS/keys" "$SECRETS/certificates" "$HERE/proxy/active"
chmod 0711 "$SECRETS"
chmod 0755 "$HERE/proxy/active"

word() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keyring() { printf '{"active": "k1", "keys": {"k1": "%s"}}\n' "$(head -c 32 /dev/urandom | base64)"; }
# make FILE OWNER TEXT: whole or not at all, readable by its owner alone; an existing one stays.
make() {
    local file=$SECRETS/$1
    if [ ! -e "$file" ]; then
        printf '%s\n' "$3" > "$file.new"
        chown "$2:$2" "$file.new"
        mv "$file.new" "$file"
    fi
}
HUB=10002 DATABASE=999 REDIS=999 PGBOUNCER=70 PROMETHEUS=65534 GRAFANA=472

chown "$HUB:$HUB" "$SECRETS/keys"
# The proxy's: the official image's folder for them is root's.
chown 10004:10004 "$SECRETS/certificates"
make keys/secret_key $HUB "$(word)"
make keys/broker_admin.key $HUB "$(word)"
make keys/vault_master.key $HUB "$(keyring)"
make keys/receipt_signing.key $HUB "$(keyring)"
make email_url $HUB "${2:-}"

make postgres_password $DATABASE "$(word)"
OWNER=$(cat "$SECRETS/postgres_password")
make database_url $HUB "postgresql://metafleet:$OWNER@/metafleet?host=%2Frun%2Fpostgresql"
PROCESSES=$(word)
make app_database_url $HUB "postgresql://metafleet_processes:$PROCESSES@/metafleet?host=%2Frun%2Fpostgresql"
PROCESSES=$(sed 's#.*metafleet_processes:\([0-9a-f]*\)@.*#\1#' "$SECRETS/app_database_url")
make pooled_database_url $HUB "postgresql://metafleet_processes:$PROCESSES@/metafleet?host=%2Frun%2Fpgbouncer"
make pgbouncer_users $PGBOUNCER "\"metafleet_processes\" \"$PROCESSES\""
# The application's role is the first migration's otherwise; here the login that is a member of it comes first.
make processes.sql $DATABASE "CREATE ROLE metafleet_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE metafleet_processes LOGIN PASSWORD '$PROCESSES' IN ROLE metafleet_app;
ALTER ROLE metafleet_processes SET statement_timeout = '30s';"

make redis_url $HUB "unix://:$(word)@/run/redis/redis.sock?db=0"
make redis.conf $REDIS "port 0
unixsocket /run/redis/redis.sock
unixsocketperm 777
requirepass $(sed 's#unix://:\([0-9a-f]*\)@.*#\1#' "$SECRETS/redis_url")
save \"\"
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
dir /data"
make metrics_token $HUB "$(word)"
make prometheus_token $PROMETHEUS "$(cat "$SECRETS/metrics_token")"
make grafana_password $GRAFANA "$(word)"

if [ ! -e "$HERE/.env" ]; then
    SOCKET=${METAFLEET_ENGINE_SOCKET:-/var/run/docker.sock}
    cat > "$HERE/.env.new" << ENV
COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-metafleet}
# The active colour; deployments write it. Without grafana: no dashboards.
COMPOSE_PROFILES=${COMPOSE_PROFILES:-blue,grafana}
METAFLEET_HOSTNAME=$HOSTNAME
METAFLEET_TLS=${METAFLEET_TLS:-admin@$HOSTNAME}
METAFLEET_EMAIL_FROM=${3:-metafleet <metafleet@$HOSTNAME>}
METAFLEET_INSTALLATION_ID=$(word | cut -c1-10)
METAFLEET_ENGINE_SOCKET=$SOCKET
METAFLEET_ENGINE_GROUP=$(stat -c %g "$SOCKET" 2>/dev/null || echo 0)
METAFLEET_RELEASE_IMAGE=${METAFLEET_RELEASE_IMAGE:-metafleet/api:latest}
METAFLEET_BLUE_IMAGE=${METAFLEET_BLUE_IMAGE:-metafleet/api:latest}
METAFLEET_GREEN_IMAGE=${METAFLEET_GREEN_IMAGE:-metafleet/api:latest}
METAFLEET_BACKUP_IMAGE=${METAFLEET_BACKUP_IMAGE:-metafleet/api:latest-backup}
METAFLEET_RUNNER_IMAGE=${METAFLEET_RUNNER_IMAGE:-metafleet/runner:latest}
ENV
    mv "$HERE/.env.new" "$HERE/.env"
fi
if [ ! -e "$HERE/settings.env" ]; then
    echo "# More settings of metafleet (docs/reference/settings.md), one NAME=value a line; no secrets." > "$HERE/settings.env"
fi
if [ ! -e "$HERE/proxy/active/upstreams.caddy" ]; then
    (umask 022 && cat > "$HERE/proxy/active/upstreams.caddy.new") << 'UPSTREAMS'
(active_web) {
	to web-blue:8000
}
(active_gateway) {
	to gateway-blue:8001
}
UPSTREAMS
    mv "$HERE/proxy/active/upstreams.caddy.new" "$HERE/proxy/active/upstreams.caddy"
fi
if [ ! -s "$SECRETS/email_url" ] || [ -z "$(tr -d '[:space:]' < "$SECRETS/email_url")" ]; then
    echo "Write the mail server into $SECRETS/email_url, as smtp://name:password@mail.example.com:587."
fi
echo "Keep a copy of $SECRETS/keys in another place: without it no password of a broker can be opened."
