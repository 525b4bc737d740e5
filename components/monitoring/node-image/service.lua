-- Node exporter, which has no files that could change while it runs: https://github.com/prometheus/node_exporter
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local http = require "socket.http"

http.TIMEOUT = 4

local host = "/host"

local command = { "/usr/bin/prometheus-node-exporter", "--web.listen-address=:9100", "--web.disable-exporter-metrics", "--log.level=warn",
	"--path.rootfs=" .. host, "--path.procfs=" .. host .. "/proc", "--path.sysfs=" .. host .. "/sys", "--collector.disable-defaults",
	-- What containers mount is no file system of the machine's.
	"--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|snap|var/lib/(docker|containerd|kubelet|containers)/.+)($|/)" }
for _, name in ipairs { "cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "pressure", "stat", "time", "timex", "uname", "vmstat" } do
	command[#command + 1] = "--collector." .. name
end

return {
	checks = {};
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = command;
		start = function () end;
		prepare = function () end;
		ready = function () return (select(2, http.request("http://127.0.0.1:9100/"))) == 200 end;
		reload = function () return "nothing of it is read" end;
		stop = { { signal.SIGTERM, 5 } };
	};
}
