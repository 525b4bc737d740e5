-- How syslog-ng is called, and what it reads its files through.
local socket = require "posix.sys.socket"
local stat = require "posix.sys.stat"
local stdlib = require "posix.stdlib"
local unistd = require "posix.unistd"

local run = "/run/logs/"
local link = run .. "release"
local data = "/var/lib/logs/"

local collector = { figures = run .. "figures" }

-- So that all of them are of one release.
function collector.point_at(release)
	os.remove(link .. ".new")
	assert(unistd.link(release, link .. ".new", true))
	assert(os.rename(link .. ".new", link))
end

function collector.release()
	return unistd.readlink(link)
end

function collector.prepare(release)
	for _, directory in ipairs { data .. "syslog", data .. "otlp", collector.figures } do
		stat.mkdir(directory, 448) -- 0700
	end
	-- Both kinds of addresses, where the kernel has both.
	local both = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0)
	if both then
		unistd.close(both)
	end
	stdlib.setenv("STACK_IP_PROTOCOL", both and "6" or "4")
	stdlib.setenv("STACK_LISTEN", both and "::" or "0.0.0.0")
	collector.point_at(release)
end

function collector.command(...)
	return {
		"/usr/sbin/syslog-ng", "--cfgfile=" .. link .. "/syslog-ng.conf", "--no-caps";
		"--persist-file=" .. data .. "syslog-ng.persist", "--control=" .. run .. "control", "--pidfile=" .. run .. "pid";
		...
	}
end

function collector.told(...)
	local command = { "/usr/sbin/syslog-ng-ctl", ... }
	command[#command + 1] = "--control=" .. run .. "control"
	return command
end

return collector
