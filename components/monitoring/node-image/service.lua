-- Node exporter: https://github.com/prometheus/node_exporter
--
-- `collectors` of a release has the names of what it measures, one in a line; others replace the container. containers.lua
-- of it says which containers are the stack's.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local figures = require "figures"

local host = "/host"
local written = "/run/node-exporter"

local command = {
	"/usr/bin/prometheus-node-exporter", "--web.listen-address=:9100", "--web.disable-exporter-metrics", "--log.level=warn";
	"--path.rootfs=" .. host, "--path.procfs=/machine/proc", "--path.sysfs=" .. host .. "/sys";
	"--path.udev.data=" .. host .. "/run/udev/data", "--collector.disable-defaults";
	-- What containers mount is no file system of the machine's.
	"--collector.filesystem.mount-points-exclude="
		.. "^/(dev|proc|run|sys|snap|var/lib/(docker|containerd|kubelet|containers)/.+)($|/)";
	-- By netlink it would be told of its own network. What comes and goes with containers are no cards of the machine's.
	"--no-collector.netdev.netlink", "--collector.netdev.device-exclude="
		.. "^(lo|(ifb|dummy|docker|cni|tunl)[0-9]+|br-[0-9a-f]{12}|(veth|cali|lxc|flannel|cilium|kube-).+|nodelocaldns)$";
	"--collector.textfile.directory=" .. written;
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
		reload = function () return "applied without a restart" end;
		beside = function () return { { "/usr/bin/lua5.4", "/usr/lib/stack/containers.lua", written .. "/containers.prom" } } end;
		stop = { { signal.SIGTERM, 5 } };
	};
}
