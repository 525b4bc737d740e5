-- Prometheus: https://prometheus.io/docs/prometheus/2.53/
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local figures = require "figures"
local reloading = require "reloading"

local check = { "/usr/bin/promtool", "check", "config", "{release}/prometheus.yml" }

-- The first complaint, which stands between those that pass.
function check.reason(lines)
	for _, line in ipairs(lines) do
		local found = line:match("FAILED: (.+)") or line:match("^%s+(.+: .*error.*)$") or line:match('msg="?(.*err.*)$')
		if found then
			return found
		end
	end
	return lines[#lines]
end

return {
	checks = { check };
	-- The pod before this one may be writing still.
	locks = { "/var/lib/prometheus/instance" };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = {
			"/usr/bin/prometheus";
			"--config.file=" .. reloading.link .. "/prometheus.yml";
			"--storage.tsdb.path=/var/lib/prometheus/data";
			"--storage.tsdb.retention.time=" .. (os.getenv("STACK_KEEP") or "15d");
			"--storage.tsdb.retention.size=" .. (os.getenv("STACK_KEEP_SIZE") or "2GB");
			"--web.listen-address=:9090";
			"--log.level=warn";
		};
		start = function () end;
		prepare = reloading.prepare;
		ready_timeout = 120; -- it reads the log of what was coming in when it ended
		ready = function () return figures.answers(9090, "/-/ready") end;
		reload = reloading.by_signal(9090, "/metrics", "prometheus");
		stop = { { signal.SIGTERM, 20 } };
	};
}
