-- How Redis is started, and how releases of what it holds are put in force: read by deliver.lua, start.lua and
-- supervise.lua.
--
-- It keeps nothing on a disk. What it holds at a start are the sets of the release: `secrets/sets.lua` returns them, by
-- key. Its users are the workloads that connect, with the password of `secrets/password`, who watches it, with that of
-- `secrets/monitoring-password` where there is one, and this program.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local resp = require "resp"

local run = "/run/redis/"
local users = run .. "users.acl"

local function read(path)
	local file = assert(io.open(path))
	local content = file:read("a")
	file:close()
	return content
end

-- A password of this very process, which nobody else is told.
local function make_up_password()
	local source = assert(io.open("/dev/urandom", "rb"))
	local bytes = source:read(32)
	source:close()
	return (bytes:gsub(".", function (byte) return string.format("%02x", byte:byte()) end))
end

local own_password
local sets = {}

-- Whoever connects may do what Coturn does: read the secrets, and keep and tell the state of allocations.
local function write_users(release)
	own_password = own_password or make_up_password()
	local file = assert(io.open(users, "w"))
	file:write("user default on >", read(release .. "/secrets/password"), " resetchannels &turn/* &__XXX__",
		" %R~turn/realm/*/secret %R~turn/realm/*/max-bps %R~turn/realm/*/total-quota %R~turn/realm/*/user-quota",
		" %R~turn/origin/* %RW~turn/realm/*/user/*/allocation/* %RW~turn/user/*/allocation/*",
		" %W~", -- with each allocation's key it deletes one without a name
		" -@all +ping +select +get +smembers +keys +set +del +publish\n")
	local watching = io.open(release .. "/secrets/monitoring-password")
	if watching then
		file:write("user monitoring on >", watching:read("a"), " resetchannels %R~turn/realm/*/user/*/allocation/*/status",
			" -@all +ping +select +info +scan +slowlog|len +slowlog|get +latency|latest +client|setname +config|get\n")
		watching:close()
	end
	file:write("user stack on >", own_password, " ~* &* +@all\n")
	assert(file:close())
end

local function with_connection(action)
	local connection, problem = resp.connect(run .. "redis.sock")
	if not connection then
		return nil, problem
	end
	local done, result = pcall(function ()
		connection:call("AUTH", "stack", own_password)
		return action(connection)
	end)
	connection:close()
	if not done then
		return nil, type(result) == "table" and result.problem or result
	end
	return result
end

-- The sets of a release in the place of those before, at once.
local function fill(release)
	local wanted = assert(loadfile(release .. "/secrets/sets.lua", "t", {}))()
	return with_connection(function (connection)
		connection:call("MULTI")
		for key in pairs(sets) do
			connection:call("DEL", key)
		end
		for key, members in pairs(wanted) do
			connection:call("DEL", key)
			connection:call("SADD", key, table.unpack(members))
		end
		connection:call("EXEC")
		sets = wanted
		return true
	end)
end

local release_at_start

local function reload(_, release)
	write_users(release)
	local done, problem = with_connection(function (connection) return connection:call("ACL", "LOAD") end)
	if done then
		done, problem = fill(release)
	end
	return done and "applied without a restart", problem
end

return {
	checks = { { "/usr/bin/lua5.4", "/usr/lib/stack/check-sets.lua", "{release}/secrets" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = { "/usr/bin/redis-server", run .. "redis.conf" };
		start = function () end;
		prepare = function (release)
			release_at_start = release
			write_users(release)
			local file = assert(io.open(run .. "redis.conf", "w"))
			file:write(read(release .. "/redis.conf"))
			assert(file:close())
		end;
		ready = function () return fill(release_at_start) end;
		reload = reload;
		stop = { { signal.SIGTERM, 10 } };
	};
}
