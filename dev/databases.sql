-- Roles and databases of one instance, for psql as superuser; may be run again at any time.
-- Set before: ckan_password, datastore_password, ckan, datastore, jobs (names of the databases).

SELECT format('CREATE ROLE %I LOGIN', wanted.role)
FROM (VALUES ('ckan_default'), ('datastore_default')) AS wanted (role)
WHERE wanted.role NOT IN (SELECT rolname FROM pg_roles) \gexec

ALTER ROLE ckan_default PASSWORD :'ckan_password';
ALTER ROLE datastore_default PASSWORD :'datastore_password';

SELECT format('CREATE DATABASE %I OWNER ckan_default', wanted.name)
FROM (VALUES (:'ckan'), (:'datastore'), (:'jobs')) AS wanted (name)
WHERE wanted.name NOT IN (SELECT datname FROM pg_database) \gexec

-- CKAN's own script takes the main database from the DataStore's reading role, but that role may
-- still connect to it as everybody (PUBLIC) may: so nobody but the owner may, anywhere else either.
REVOKE CONNECT ON DATABASE :"ckan", :"jobs", postgres, template1 FROM PUBLIC;
