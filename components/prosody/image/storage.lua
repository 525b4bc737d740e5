-- Takes accounts and archives along when the settings name another database than before: at the start, with the data
-- volume locked, before Prosody is there.
--
-- From the file into PostgreSQL every row is copied in one transaction, counts are compared before it is committed, and
-- then the file gets another name. Back in the settings, it gets its old one: what came meanwhile stays in PostgreSQL.
local DBI = require "DBI"
local lfs = require "lfs"
local log = require "log"

local file = "/var/lib/prosody/prosody.sqlite"
local moved = file .. ".moved"
-- Names the database in use; a volume from before has none and has the file.
local marker = "/var/lib/prosody/database"

local rows_at_once = 200

-- As Prosody makes them (mod_storage_sql); it adds the indexes by itself.
local tables = {
	prosody = {
		columns = { "host", "user", "store", "key", "type", "value" };
		definition = [["host" TEXT NOT NULL, "user" TEXT NOT NULL, "store" TEXT NOT NULL, "key" TEXT NOT NULL,
			"type" TEXT NOT NULL, "value" TEXT NOT NULL]];
	};
	prosodyarchive = {
		columns = { "sort_id", "host", "user", "store", "key", "when", "with", "type", "value" };
		definition = [["sort_id" BIGSERIAL NOT NULL PRIMARY KEY, "host" TEXT NOT NULL, "user" TEXT NOT NULL,
			"store" TEXT NOT NULL, "key" TEXT NOT NULL, "when" INTEGER NOT NULL, "with" TEXT NOT NULL,
			"type" TEXT NOT NULL, "value" TEXT NOT NULL]];
	};
}

local function say(text, ...)
	log.say("storage: " .. text, ...)
end

local function exists(path)
	return lfs.attributes(path, "mode") == "file"
end

local function remember(driver)
	local out = assert(io.open(marker, "w"))
	out:write(driver, "\n")
	assert(out:close())
end

local function remembered()
	local input = io.open(marker)
	local driver = input and input:read("l")
	if input then
		input:close()
	end
	return driver
end

local function run(connection, sql, ...)
	local statement = assert(connection:prepare(sql))
	assert(statement:execute(...))
	return statement
end

local function value_of(connection, sql, ...)
	local statement = run(connection, sql, ...)
	local row = statement:fetch(false)
	statement:close()
	return row and row[1]
end

-- Rows by host and store, as text.
local function counts(connection, name)
	local statement = run(connection, string.format(
		[[SELECT "host", "store", count(*) FROM "%s" GROUP BY "host", "store" ORDER BY "host", "store"]], name))
	local lines, sum = {}, 0
	for row in statement:rows(false) do
		lines[#lines + 1] = string.format("%s %s: %d", row[1], row[2], row[3])
		sum = sum + row[3]
	end
	statement:close()
	table.sort(lines)
	return lines, sum
end

-- Whether a table is there, in the schema that Prosody would use, and has anything in it.
local function has_rows(connection, name)
	return value_of(connection, "SELECT to_regclass(?)::text", name) ~= nil
		and value_of(connection, string.format([[SELECT count(*) FROM (SELECT FROM "%s" LIMIT 1) AS one]], name)) > 0
end

-- What is in PostgreSQL from an earlier time is not mixed with what comes, nor thrown away.
local function set_aside(target)
	local schema = "before_" .. os.time()
	local used = false
	for name in pairs(tables) do
		if has_rows(target, name) then
			used = true
		end
	end
	if used then
		run(target, string.format("CREATE SCHEMA %s", schema))
		for name in pairs(tables) do
			run(target, string.format([[ALTER TABLE IF EXISTS "%s" SET SCHEMA %s]], name, schema))
		end
		say("what PostgreSQL had before is in its schema %s now", schema)
	end
end

local function copy(source, target, name, columns)
	local quoted = '"' .. table.concat(columns, '", "') .. '"'
	local one = "(" .. string.rep("?", #columns, ", ") .. ")"
	local function insert(rows, number)
		run(target, string.format([[INSERT INTO "%s" (%s) VALUES %s]], name, quoted, string.rep(one, number, ", ")),
			table.unpack(rows, 1, number * #columns)):close()
	end
	local rows, number = {}, 0
	local statement = run(source, string.format([[SELECT %s FROM "%s"]], quoted, name))
	for row in statement:rows(false) do
		for i = 1, #columns do
			-- Times have fractions in the file only, where a column takes anything; Prosody, too, gives PostgreSQL none.
			rows[number * #columns + i] = math.type(row[i]) and math.floor(row[i]) or row[i]
		end
		number = number + 1
		if number == rows_at_once then
			insert(rows, number)
			number = 0
		end
	end
	statement:close()
	if number > 0 then
		insert(rows, number)
	end
end

local function move_into(target)
	local source = assert(DBI.Connect("SQLite3", file))
	run(source, "PRAGMA wal_checkpoint(TRUNCATE)"):close() -- so that the file is whole without those beside it
	local started = os.time()
	local copied = {}
	set_aside(target)
	for name, definition in pairs(tables) do
		run(target, string.format([[CREATE TABLE IF NOT EXISTS "%s" (%s)]], name, definition.definition))
		copy(source, target, name, definition.columns)
		local from, rows = counts(source, name)
		local to = counts(target, name)
		for i = 1, math.max(#from, #to) do
			assert(from[i] == to[i], string.format("%s: %s in the file, %s in PostgreSQL", name, from[i] or "nothing",
				to[i] or "nothing"))
		end
		copied[#copied + 1] = string.format("%d rows of %s", rows, name)
	end
	run(target, [[SELECT setval(pg_get_serial_sequence('prosodyarchive', 'sort_id'),
		(SELECT coalesce(max("sort_id"), 1) FROM "prosodyarchive"))]])
	source:close()
	assert(target:commit())
	assert(os.rename(file, moved))
	table.sort(copied)
	say("copied %s into PostgreSQL, and both counted the same; Prosody was down for that for %d s",
		table.concat(copied, " and "), os.time() - started)
end

-- The file, where it is what the settings name.
local function ready_file()
	if not exists(file) and exists(moved) then
		assert(os.rename(moved, file))
		say("back to the file of %s; what was written to PostgreSQL since then is there, and not in it",
			os.date("!%Y-%m-%d %H:%M UTC", lfs.attributes(file, "modification")))
	elseif not exists(file) and remembered() == "PostgreSQL" then
		return false, "somebody who sets database back: accounts and archives are in PostgreSQL, and were never in a file"
	end
	remember("SQLite3")
	return true
end

local function ready_postgresql(settings)
	local target, problem = DBI.Connect(settings.driver, settings.database, settings.username, nil,
		settings.host, settings.port)
	if not target then
		return false, string.format("the database at %s: %s", settings.host, tostring(problem):match("([^\n]*)\n*$"))
	end
	if exists(file) then
		target:autocommit(false)
		local done, what = pcall(move_into, target)
		if not done then
			target:rollback()
			target:close()
			return false, string.format("accounts and archives to get into PostgreSQL: %s; set database back to sqlite to go on"
				.. " as before", what)
		end
	end
	if remembered() == "PostgreSQL" and not has_rows(target, "prosody") then
		target:close()
		return false, string.format("the accounts: the database %s at %s has none, and this service had some in PostgreSQL;"
			.. " name the database that has them, or remove %s to begin anew", settings.database, settings.host, marker)
	end
	target:close()
	remember("PostgreSQL")
	return true
end

-- Whether the database of a release's settings is there, with everything in it; else what is waited for.
return function (settings)
	if settings.driver == "SQLite3" then
		return ready_file()
	end
	return ready_postgresql(settings)
end
