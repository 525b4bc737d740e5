-- How releases of the backup workload's files are checked, started and put in force: read by deliver.lua, start.lua and
-- supervise.lua. Its program reads them at each use.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stat = require "posix.sys.stat"

-- Where PostgreSQL archives its log here: what it does that through.
local function beside(release)
	if not stat.stat(release .. "/pgbackrest") then
		return {}
	end
	return { { "/usr/bin/pgbackrest", "server", "--config-include-path=/config/current/pgbackrest" } }
end

return {
	checks = { { "/usr/bin/python3", "-m", "stack_backup", "check", "{release}" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = { "/usr/bin/python3", "-m", "stack_backup", "serve" };
		start = function () end;
		prepare = function () end;
		ready = function () return true end;
		beside = beside;
		reload = function () return "read at the next use" end;
		stop = { { signal.SIGTERM, 20 } };
	};
}
