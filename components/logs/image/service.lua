-- How releases of the log collector's files are checked, started and put in force: read by deliver.lua, start.lua and
-- supervise.lua.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local collector = require "collector"
local run = require "deliver.run"

local function answers()
	return (run(collector.told("healthcheck", "--timeout=2"), 5))
end

-- Who sends lines stays connected, and what is kept for somebody goes to where that one is by now.
local function reload(_, release)
	local previous = collector.release()
	collector.prepare(release)
	local done, lines = run(collector.told("reload"), 30)
	if done then
		return "applied without a restart"
	end
	collector.point_at(previous)
	return nil, lines[#lines] or "syslog-ng has not read the new configuration, see its log"
end

-- Where somebody watches: the port at which figures are told is in a file of the release; none of it is syslog-ng's own. At
-- SIGHUP, with another release, the node exporter ends and is started again two seconds later.
local function beside(release)
	local file = io.open(release .. "/metrics-port")
	if not file then
		return {}
	end
	local port = file:read "l"
	file:close()
	return {
		{ "/usr/bin/lua5.4", "/usr/lib/stack/shipping-figures.lua", collector.figures .. "/shipping.prom" };
		{
			"/usr/bin/prometheus-node-exporter", "--web.listen-address=:" .. port, "--web.disable-exporter-metrics";
			"--log.level=warn", "--collector.disable-defaults";
			"--collector.textfile", "--collector.textfile.directory=" .. collector.figures;
		};
	}
end

local check = { "/usr/bin/lua5.4", "/usr/lib/stack/check-configuration.lua", "{release}" }

-- The complaint, which the lines that it is about follow: `syntax error, unexpected … in syslog-ng.conf:3:1-3:4`.
function check.reason(lines)
	for _, line in ipairs(lines) do
		local found = line:match("^Error parsing (.+):$")
		if found then
			return (found:gsub("/run/logs/release/", ""))
		end
	end
	return lines[#lines]
end

return {
	checks = { check };
	-- The pod before this one may be writing still.
	locks = { "/var/lib/logs/instance" };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = collector.command("--foreground", "--stderr");
		start = function () end;
		prepare = collector.prepare;
		ready = answers;
		reload = reload;
		beside = beside;
		stop = { { signal.SIGTERM, 10 } };
	};
}
