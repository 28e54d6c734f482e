#!/bin/sh
# Starts PgBouncer for the API's login. Why each setting is as it is stands in
# config/pgbouncer.ini. The password comes in the environment, and is written to a
# folder in memory that nobody else reads.
#
#   PGBOUNCER_UPSTREAM   where PostgreSQL is: host=postgres port=5432
#   PGBOUNCER_PASSWORD   of balai_api, letters and digits
#   PGBOUNCER_POOL_SIZE  connections to PostgreSQL; default 40, for all replicas together
#   PGBOUNCER_FOLDER     default /run/pgbouncer
#   PGBOUNCER_PORT       default 6432
set -eu
umask 077
folder=${PGBOUNCER_FOLDER:-/run/pgbouncer}

printf '"balai_api" "%s"\n' "${PGBOUNCER_PASSWORD:?}" >"$folder/userlist.txt"
cat >"$folder/pgbouncer.ini" <<INI
[databases]
balai = ${PGBOUNCER_UPSTREAM:?} dbname=balai

[pgbouncer]
listen_addr = *
listen_port = ${PGBOUNCER_PORT:-6432}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/userlist.txt
pool_mode = transaction
max_client_conn = 1000
default_pool_size = ${PGBOUNCER_POOL_SIZE:-40}
reserve_pool_size = 5
reserve_pool_timeout = 3
server_idle_timeout = 30
query_wait_timeout = 10
INI
unset PGBOUNCER_PASSWORD
exec pgbouncer "$folder/pgbouncer.ini"
