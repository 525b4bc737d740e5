-- restore.lua
--
-- Fills a new volume with the database of a backup, or with what it was at a second after that one, from the repository of
-- pgBackRest; then the ordinary server starts on it. Runs once, beside the service, which is left alone.
--
-- /config/current/restore.json says what: `backup`, the backup's id, and maybe `at`, a time in UTC (2026-11-29T14:05:00Z);
-- `counts`, if not those that the repository has for the backup.
--
-- Last line: `restored ` and JSON with the counts of what there is, or why not. Exit status: 0 it is there, 1 it is not.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stat = require "posix.sys.stat"
local cjson = require "cjson"
local lock = require "deliver.lock"
local run = require "deliver.run"
local tree = require "deliver.tree"
local counts = require "restore.counts"
local programs = require "programs"
local recovery = require "restore.recovery"
local repository = require "restore.repository"

local volume = "/var/lib/postgresql"
-- What is being restored while it is not finished; and when it is, what was, and what this has said of it.
local begun, finished = volume .. "/.restoring", volume .. "/.restored"

local function read(path)
	local file = io.open(path)
	local text = file and file:read("a")
	if file then
		file:close()
	end
	return text
end

local function say(...)
	print(string.format(...))
end

-- Errors without a place are for the operator.
local function refuse(...)
	error(string.format(...), 0)
end

-- An empty data directory, or the unfinished one of another try.
local function make_room(text)
	if stat.stat(programs.data) and #tree.entries(programs.data) > 0 and read(begun) ~= text then
		refuse("%s of the next generation is not empty; let go of it first (npm run xmpp -- restore --cancel)", volume)
	end
	tree.remove(programs.data)
	tree.remove(begun)
	tree.write_file(begun, text)
	tree.sync(volume)
	assert(stat.mkdir(programs.data, 448)) -- 0700
end

local function files_of(set, order)
	local target = order.at and { "--type=time", "--target=" .. order.at:gsub("T", " "):gsub("Z", "+00") }
		or { "--type=name", "--target=backup-" .. order.backup }
	say("restoring the files of %s (%.1f MB)", set.label, set.info.size / 1e6)
	-- The timeline is that of the backup: where a restore has begun another one since, this is not about that.
	local done, lines = run(repository.command("restore", "--set=" .. set.label, "--target-action=promote",
		"--target-timeline=current", table.unpack(target)), 24 * 3600)
	if not done then
		refuse("%s", repository.reason(lines))
	end
end

local function restore(text)
	local order = cjson.decode(text)
	local set = repository.find(order)
	make_room(text)
	files_of(set, order)
	local server = recovery.start()
	server:wait(order)
	local found = counts.ask()
	if not order.at then
		local problem = counts.difference(order.counts or set.counts, found)
		if problem then
			server:stop()
			refuse("backup %s does not restore to what it was: %s", order.backup, problem)
		end
	end
	server:stop()
	say("the database %s: %s", order.at and "as it was at " .. order.at or "of backup " .. order.backup, counts.line(found))
	local verdict = "restored " .. cjson.encode { counts = found }
	tree.remove(finished)
	tree.write_file(finished, text .. verdict)
	assert(os.remove(begun))
	tree.sync(volume)
	return verdict
end

-- What was said of that very order, after something else has failed and it runs once more.
local function said_before(text)
	local before = read(finished)
	return before and before:sub(1, #text) == text and before:sub(#text + 1) or nil
end

io.stdout:setvbuf("line")
stat.umask(63) -- 0077
-- As the first process of a container it takes its children along. What it leaves is begun anew.
signal.signal(signal.SIGTERM, function () os.exit(143) end)
local descriptor = lock.open(volume .. "/.lock")
local text = assert(read("/config/current/restore.json"))

local done, said = pcall(function ()
	if not lock.take(descriptor) then
		refuse("a server runs on %s of the next generation", volume)
	end
	return said_before(text) or restore(text)
end)
print((tostring(said):gsub("%c+", " ")))
os.exit(done and 0 or 1)
