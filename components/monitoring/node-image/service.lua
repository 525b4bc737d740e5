-- Node exporter: https://github.com/prometheus/node_exporter
--
-- `collectors` of a release has the names of what it measures, one in a line; others replace the container.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local figures = require "figures"

local host = "/host"

local command = {
	"/usr/bin/prometheus-node-exporter", "--web.listen-address=:9100", "--web.disable-exporter-metrics", "--log.level=warn";
	"--path.rootfs=" .. host, "--path.procfs=" .. host .. "/proc", "--path.sysfs=" .. host .. "/sys";
	"--path.udev.data=" .. host .. "/run/udev/data", "--collector.disable-defaults";
	-- What containers mount is no file system of the machine's.
	"--collector.filesystem.mount-points-exclude="
		.. "^/(dev|proc|run|sys|snap|var/lib/(docker|containerd|kubelet|containers)/.+)($|/)";
}

return {
	checks = {};
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = command;
		start = function () end;
		prepare = function (release)
			for name in io.lines(release .. "/collectors") do
				command[#command + 1] = "--collector." .. name
			end
		end;
		ready = function () return (figures.answers(9100, "/")) end;
		reload = function () return "read at the next start" end;
		stop = { { signal.SIGTERM, 5 } };
	};
}
