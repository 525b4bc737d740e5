-- Backends: everything in one SQL database, SQLite in data_path or PostgreSQL. Prosody has one connection to it.
-- PostgreSQL's password and TLS come from libpq's environment (PGPASSFILE, PGSSLMODE, PGSSLROOTCERT), so that both can
-- change without a restart. The sql table may hold nothing that its driver does not take.
--
-- Options: storage sql sqlite_tune

local stack = Lua.load(FileContents("../../settings.lua"))()

storage = "sql"

if stack.storage.driver == "SQLite3" then
	sql = { driver = "SQLite3"; database = stack.storage.database }
	sqlite_tune = "normal" -- write-ahead log: readers (a backup) and the writer do not wait for each other
else
	sql = {
		driver = stack.storage.driver;
		database = stack.storage.database;
		host = stack.storage.host;
		port = stack.storage.port;
		username = stack.storage.username;
	}
end
