-- containers.lua FILE
--
-- Figures of the stack's own containers, for the node exporter to tell with its own (its collector `textfile`): written to
-- FILE every few seconds, out of what /proc and the control groups of the machine show to every user.
--
-- containers.lua of the release in force returns `workloads`, the names of those that are to be looked for, and `mark`, by
-- which they are known (own-workloads.lua).
package.path = "/usr/lib/stack/?.lua;" .. package.path

local time = require "posix.time"
local log = require "log"
local control_groups = require "control-groups"
local network = require "network"
local own_workloads = require "own-workloads"
local processes = require "processes"
local textfile = require "textfile"

local path = arg[1]
local pause = 5 -- seconds
local proc = "/host/proc"
local groups = control_groups.new("/host/sys/fs/cgroup", "/sys/fs/cgroup")
local wanted = assert(loadfile("/config/current/containers.lua", "t", {}))()

local metrics = {
	{ "memory_bytes", "gauge", "memory", "Memory in use, without what the kernel keeps of files and can drop." };
	{ "memory_limit_bytes", "gauge", "limit", "Memory that it may have; above that it is ended." };
	{ "cpu_seconds_total", "counter", "cpu", "Time of processors that it has used." };
	{ "cpu_throttled_seconds_total", "counter", "throttled", "Time for which it was held back, at its limit of processors." };
	{ "start_time_seconds", "gauge", "started", "When it was started, since the epoch." };
	{ "network_receive_bytes_total", "counter", "received", "What it has received over its networks." };
	{ "network_transmit_bytes_total", "counter", "sent", "What it has sent over its networks." };
}

-- By workload.
local function figures()
	local found = {}
	for workload, container in pairs(own_workloads(processes.containers(proc), wanted.mark, wanted.workloads)) do
		local of = groups:figures(container.group)
		of.started = container.started
		of.received, of.sent = network(proc, container.process)
		found[workload] = of
	end
	return found
end

local function write(found)
	local written = {}
	for i, metric in ipairs(metrics) do
		local samples = {}
		for _, workload in ipairs(wanted.workloads) do
			local value = found[workload] and found[workload][metric[3]]
			if value then
				samples[#samples + 1] = { "workload", workload, value }
			end
		end
		written[i] = { name = "stack_container_" .. metric[1], type = metric[2], help = metric[4], samples = samples }
	end
	textfile.write(path, written)
end

-- Nobody is told for new what one before this has written.
os.remove(path)
local seen = true
while true do
	local found = figures()
	write(found)
	if (next(found) ~= nil) ~= seen then
		seen = not seen
		log.say(seen and "the stack's containers are seen" or "no container of the stack is seen in /proc of the machine")
	end
	time.nanosleep { tv_sec = pause, tv_nsec = 0 }
end
