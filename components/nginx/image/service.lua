-- How releases of Nginx's configuration are checked, started and put in force: read by deliver.lua, start.lua and
-- supervise.lua.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local glob = require "posix.glob"
local signal = require "posix.signal"
local unistd = require "posix.unistd"
local run = require "deliver.run"
local resolver = require "resolver"
local workers = require "workers"

-- Nginx reads its configuration through this link again at each reload, so that what it reads is of one release.
local link = "/run/nginx/release"

-- Old workers serve the streams that they have, for days if need be. More than this many would not fit the memory limit.
local old_workers_limit = 4

local function nginx(release, ...)
	return { "/usr/sbin/nginx", "-e", "stderr", "-p", release .. "/", "-c", release .. "/nginx.conf", ... }
end

local function point_at(release)
	os.remove(link .. ".new")
	assert(unistd.link(release, link .. ".new", true))
	assert(os.rename(link .. ".new", link))
end

-- The last complaint without its time and process: `unknown directive "x" in nginx.conf:3`.
local function reason(lines)
	local found
	for _, line in ipairs(lines) do
		found = line:match("%[emerg%] [%d#]+: (.+)") or found
	end
	return found or lines[#lines]
end

local function prepare(release)
	resolver.write("/etc/resolv.conf", "/run/nginx/resolver.conf")
	point_at(release)
end

-- What a Nginx that was killed had received of uploads is of no use to anybody.
local function remove_unfinished_uploads()
	for _, file in ipairs(glob.glob("/var/lib/prosody-uploads/.incoming/*", 0) or {}) do
		os.remove(file)
	end
end

local function reload(master, release, wait_for)
	local before, previous = workers.of(master), unistd.readlink(link)
	local passed, lines = run(nginx(release, "-t", "-q"), 30)
	if not passed then
		return nil, reason(lines)
	end
	prepare(release)
	signal.kill(master, signal.SIGHUP)
	local replaced = wait_for(30, function ()
		return workers.replaced(before, workers.of(master))
	end)
	if not replaced then
		point_at(previous)
		return nil, "Nginx has not started workers with the new configuration, see its log"
	end
	local old, ended = workers.bound(master, old_workers_limit)
	return string.format("applied without a restart; old workers that still serve connections: %d%s", old,
		ended > 0 and string.format("; ended to stay within %d: %d", old_workers_limit, ended) or "")
end

local check = nginx("{release}", "-t", "-q")
check.reason = reason

return {
	checks = {
		{ "/usr/bin/lua5.4", "/usr/lib/stack/resolver.lua", "/etc/resolv.conf", "/run/nginx/resolver.conf" };
		check;
	};
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = nginx(link);
		start = remove_unfinished_uploads;
		prepare = prepare;
		ready = function (master) return next(workers.of(master)) ~= nil end;
		reload = reload;
		stop = { { signal.SIGTERM, 20 } }; -- not SIGQUIT: it would wait for streams to end by themselves
	};
}
