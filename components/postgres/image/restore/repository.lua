-- The repository of pgBackRest, as a restore asks it.
local cjson = require "cjson"
local run = require "deliver.run"

local repository = {}

-- The command line of pgBackRest.
function repository.command(name, ...)
	return { "/usr/bin/pgbackrest", "--config-include-path=/config/current/pgbackrest", "--stanza=prosody", name, ... }
end

-- Signs of what has gone wrong, the first that fits before the others, and what that means.
local troubles = {
	{ "No space left on device", "the volume is full (storage.database)" },
	{ "access denied", "the workload backup does not let this one in: its certificate is not one of the stack's" },
	{ "HostConnectError", "the workload backup cannot be reached" },
	{ "unable to connect to", "the workload backup cannot be reached" },
	{ "unable to get address for", "the workload backup cannot be reached" },
	{ "unable to load info file", "the key does not open it: backup.password is another one than it was made with" },
}
for _, sign in ipairs { "CryptoError", "ChecksumError", "FormatError", "zst error", "zlib threw error" } do
	troubles[#troubles + 1] = { sign, "it is damaged" }
end

-- Why pgBackRest has failed, as one line.
function repository.reason(lines)
	local all = table.concat(lines, " ")
	local told = all:match("ERROR:%s*(.+)") or all
	for _, trouble in ipairs(troubles) do
		if all:find(trouble[1], 1, true) then
			told = string.format("%s (%s)", trouble[2], told)
			break
		end
	end
	told = told:gsub("HINT:.*", ""):gsub("[^\32-\126]+", " "):gsub("%s%s+", " ")
	return "the repository of PostgreSQL's backups: " .. told
end

local function backups()
	local done, lines = run(repository.command("info", "--output=json", "--io-timeout=10"), 120)
	if not done then
		error(repository.reason(lines), 0)
	end
	local stanza = cjson.decode(table.concat(lines))[1]
	for _, one in ipairs(stanza.repo) do
		-- Up to 3 it says how much there is: nothing yet, or no backup.
		if one.status.code > 3 then
			error(repository.reason { one.status.message }, 0)
		end
	end
	return stanza.backup
end

local function seconds(at)
	local year, month, day, hour, minute, second = at:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$")
	assert(year, "at: expected a time such as 2026-11-29T14:05:00Z")
	-- os.time reads its fields as local time: the image has no other than UTC.
	return os.time { year = year, month = month, day = day, hour = hour, min = minute, sec = second, isdst = false }
end

-- The base backup to begin with: that of the backup, or the last one that was whole at the time.
function repository.find(order)
	local all = backups()
	local found
	for _, one in ipairs(all) do
		local annotation = one.annotation or {}
		if order.at and one.timestamp.stop <= seconds(order.at) or not order.at and annotation.backup == order.backup then
			found = one
		end
	end
	if not found and order.at then
		error(string.format("%s is before the first backup of PostgreSQL that there is, which was made at %s", order.at,
			all[1] and os.date("!%Y-%m-%dT%H:%M:%SZ", all[1].timestamp.stop) or "no time"), 0)
	elseif not found then
		error(string.format("the repository has no backup %s of PostgreSQL", order.backup), 0)
	end
	local annotation = found.annotation or {}
	if not order.at and not annotation.counts then
		error(string.format("backup %s has not been finished", order.backup), 0)
	end
	found.info.size = found.info.size or 0
	return { label = found.label, info = found.info, counts = annotation.counts and cjson.decode(annotation.counts) }
end

return repository
