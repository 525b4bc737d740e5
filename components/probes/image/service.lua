-- How releases of the probes' files are checked, started and put in force: read by deliver.lua, start.lua and
-- supervise.lua. The program reads them in each round.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local answers = require "answers"

return {
	checks = { { "/usr/bin/python3", "-m", "stack_probes", "check", "{release}" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = { "/usr/bin/python3", "-m", "stack_probes", "serve" };
		start = function () end;
		prepare = function () end;
		ready = function () return (answers("/healthy", 1)) end;
		reload = function () return "read in the next round" end;
		stop = { { signal.SIGTERM, 10 } };
	};
}
