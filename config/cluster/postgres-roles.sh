#!/bin/sh
# Roles and database of Balai, made once by the postgres image when its volume is
# empty. The owner of the tables is no superuser and makes no roles; the API connects
# as another one, which row security confines (docs/database.md).
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --quiet \
  --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set owner_password="$BALAI_OWNER_PASSWORD" --set login_password="$BALAI_LOGIN_PASSWORD" <<'SQL'
CREATE ROLE app_user;
CREATE ROLE app_admin;
CREATE ROLE balai LOGIN PASSWORD :'owner_password' IN ROLE app_admin;
CREATE ROLE balai_api LOGIN PASSWORD :'login_password' IN ROLE app_user;
CREATE DATABASE balai OWNER balai;
REVOKE CONNECT, TEMPORARY ON DATABASE balai FROM PUBLIC;
GRANT CONNECT ON DATABASE balai TO balai, balai_api;
SQL
