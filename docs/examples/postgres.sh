#!/bin/sh
# postgres.sh: what the image of PostgreSQL runs once, when it has made its data: a role and a database for the office.
set -e
psql --username="$POSTGRES_USER" --dbname=postgres --set=ON_ERROR_STOP=1 --quiet \
  --set=password="$(cut -d : -f 5 /run/secrets/pgpass)" <<'SQL'
CREATE ROLE office LOGIN PASSWORD :'password';
CREATE DATABASE office OWNER office;
REVOKE ALL ON DATABASE office FROM PUBLIC;
SQL
