-- The roles and the database, made where they are not there yet and brought up to date where they are. psql reads the
-- passwords' file before this one.
SET client_min_messages = 'warning';

SELECT format('CREATE ROLE %I', name)
	FROM unnest(ARRAY['prosody', 'monitoring']) AS name
	WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE prosody WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'prosody';
ALTER ROLE monitoring WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 3 PASSWORD :'monitoring';
GRANT pg_monitor TO monitoring;
ALTER ROLE monitoring SET default_transaction_read_only = on;
ALTER ROLE monitoring SET statement_timeout = '10s';

SELECT 'CREATE DATABASE prosody OWNER prosody' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'prosody') \gexec
REVOKE ALL ON DATABASE prosody, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE prosody, postgres TO monitoring;

-- Who makes backups: reads what there is, holds writers off for an instant, and marks it in the log. A role where the passwords
-- have one for it.
\if :{?backup}
	SELECT 'CREATE ROLE backup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backup') \gexec
	ALTER ROLE backup WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 4 PASSWORD :'backup';
	ALTER ROLE backup SET default_transaction_read_only = on;
	GRANT pg_read_all_data, pg_maintain TO backup;
	GRANT CONNECT ON DATABASE prosody TO backup;
	\connect prosody
	SET client_min_messages = 'warning';
	GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() TO backup;
\else
	SELECT 'ALTER ROLE backup NOLOGIN' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'backup') \gexec
\endif
