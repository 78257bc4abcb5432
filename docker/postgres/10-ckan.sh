#!/bin/sh
# Run once by the image, on an empty data folder: roles and databases. psql quotes the passwords.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" \
    --set ckan_password="$CKAN_DB_PASSWORD" \
    --set read_password="$DATASTORE_READ_PASSWORD" <<'SQL'
CREATE ROLE ckan LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'ckan_password';
CREATE ROLE datastore_read LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'read_password';
CREATE DATABASE ckan OWNER ckan ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE datastore OWNER ckan ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE xloader OWNER ckan ENCODING 'UTF8' TEMPLATE template0;
-- The reading role of the DataStore has no business in the other databases.
REVOKE CONNECT ON DATABASE ckan FROM PUBLIC;
REVOKE CONNECT ON DATABASE xloader FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
SQL
