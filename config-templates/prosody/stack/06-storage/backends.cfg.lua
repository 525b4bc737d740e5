-- Backends: everything in one SQL database, SQLite in data_path or PostgreSQL. Prosody has one connection to it.
-- PostgreSQL's password and TLS come from libpq's service file (database/service.conf, by PGSERVICE in the environment), so
-- that both can change without a restart. The sql table may hold nothing that its driver does not take.
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
	modules_enabled {
		"stack_database"; -- waits for no database that is away
		"stack_unarchived"; -- what could not be archived goes back to who sent it
	}
	for _, domain in Lua.ipairs(stack.domains) do
		Component (domain.rooms) "muc"
		modules_enabled { "stack_unarchived" }
	end
end
