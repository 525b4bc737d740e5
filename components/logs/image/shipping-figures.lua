-- shipping-figures.lua FILE
--
-- What syslog-ng has shipped, keeps and has given up, by whom it is for (`syslog`, `otlp`): written to FILE every few
-- seconds, for the node exporter beside it to tell. While syslog-ng does not answer there is no such file.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local time = require "posix.time"
local collector = require "collector"
local run = require "deliver.run"
local textfile = require "textfile"

local path = arg[1]
local pause = 5 -- seconds

local metrics = {
	{
		name = "stack_log_lines_total", type = "counter", from = "output_events_total", results = { "delivered", "dropped" };
		help = "Lines that were shipped, or given up because the buffer was full or they were refused.";
	};
	{
		name = "stack_log_waiting_lines", type = "gauge", from = "output_events_total", result = "queued";
		help = "Lines that have not been shipped yet.";
	};
	{
		name = "stack_log_buffer_bytes", type = "gauge", from = "disk_queue_disk_usage_bytes";
		help = "Bytes of lines on the volume.";
	};
	{
		name = "stack_log_buffer_limit_bytes", type = "gauge", from = "disk_queue_capacity_bytes";
		help = "Bytes that these may be.";
	};
}

-- Sums by whom it is for: what has another address by now, or another file, is told apart.
-- https://syslog-ng.github.io/admin-guide/190_The_syslog-ng_manual_pages/006_syslog-ng-ctl_manual
local function sums(lines, metric, result)
	local found = {}
	for _, line in ipairs(lines) do
		local labels, value = line:match("^syslogng_" .. metric.from .. "{(.*)} (%S+)$")
		local to = labels and labels:match "id=\"to_(%l+)#"
		if to and (not result or labels:find("result=\"" .. result .. "\"", 1, true)) then
			found[to] = (found[to] or 0) + tonumber(value)
		end
	end
	return found
end

local function samples(lines, metric)
	local found = {}
	for _, result in ipairs(metric.results or { metric.result or false }) do
		for to, sum in pairs(sums(lines, metric, result)) do
			found[#found + 1] = metric.results and { "to", to, "result", result, sum } or { "to", to, sum }
		end
	end
	return found
end

-- Another release is no matter of its own.
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.remove(path)
while true do
	local answered, lines = run(collector.told("stats", "prometheus"), 5)
	if answered then
		for _, metric in ipairs(metrics) do
			metric.samples = samples(lines, metric)
		end
		textfile.write(path, metrics)
	else
		os.remove(path)
	end
	time.nanosleep { tv_sec = pause, tv_nsec = 0 }
end
