-- How much there is of what, as a backup's manifest has it: rows of Prosody's two tables.
local cjson = require "cjson"
local programs = require "programs"

local counts = {}

local function ask(query)
	local answered, lines = programs.psql(3600, "--dbname=prosody", "--command=" .. query)
	if not answered then
		error("the restored database cannot be read: " .. (lines[1] or "no answer"), 0)
	end
	return cjson.decode(lines[1])
end

function counts.ask()
	local there = ask [[SELECT json_build_object('prosody', to_regclass('public.prosody') IS NOT NULL,
		'prosodyarchive', to_regclass('public.prosodyarchive') IS NOT NULL)]]
	local found = { accounts = 0, archive = 0, stores = {} }
	if there.prosody then
		found = ask [[SELECT json_build_object('archive', 0,
			'accounts', (SELECT count(*) FROM (SELECT DISTINCT host, "user" FROM prosody WHERE store = 'accounts') AS a),
			'stores', (SELECT coalesce(json_object_agg(store, n), '{}')
				FROM (SELECT store, count(*) AS n FROM prosody GROUP BY store) AS s))]]
	end
	if there.prosodyarchive then
		found.archive = ask "SELECT count(*) FROM prosodyarchive"
	end
	return found
end

-- What differs first; nothing where all is as expected.
function counts.difference(expected, found)
	for _, name in ipairs { "accounts", "archive" } do
		if expected[name] ~= found[name] then
			return string.format("%s: %d restored, %d in the backup", name, found[name], expected[name])
		end
	end
	local stores = {}
	for _, one in ipairs { expected.stores, found.stores } do
		for store in pairs(one) do
			stores[#stores + 1] = store
		end
	end
	table.sort(stores)
	for _, store in ipairs(stores) do
		local restored, kept = found.stores[store] or 0, expected.stores[store] or 0
		if restored ~= kept then
			return string.format("store %s: %d restored, %d in the backup", store, restored, kept)
		end
	end
end

function counts.line(found)
	return string.format("accounts: %d, messages in archives: %d", found.accounts, found.archive)
end

return counts
