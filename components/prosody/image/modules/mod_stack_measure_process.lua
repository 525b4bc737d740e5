-- Measures the process: its memory, processor time and open files, and how late its one thread gets to things.
module:set_global();

local lfs = require "lfs";
local monotonic = require "prosody.util.time".monotonic;
local measures = module:require "stack_measures";

local resident = measures.gauge("resident_memory", "bytes", "Memory of the process that is in RAM"):with_labels();
local lua = measures.gauge("lua_memory", "bytes", "Memory that Lua's objects have, or garbage"):with_labels();
local cpu = measures.counter("cpu", "seconds", "Processor time that the process has used"):with_labels();
local started = measures.gauge("start_time", "seconds", "When Prosody was started, in Unix time"):with_labels();
local files = measures.gauge("open_files", "", "Open files and connections"):with_labels();
local most_files = measures.gauge("open_files_limit", "", "How many open files and connections there may be"):with_labels();
local lag = measures.histogram("event_loop_lag", "seconds", "How late a timer was that is due each second", {},
	{ 0.001; 0.005; 0.01; 0.025; 0.05; 0.1; 0.25; 0.5; 1; 2.5; 5; 10 }):with_labels();

local function found(path, pattern)
	local file = io.open(path);
	local text = file and file:read("a") or "";
	if file then
		file:close();
	end
	return tonumber(text:match(pattern)) or 0;
end

local function open_files()
	local number = -3; -- the directory itself, "." and ".."
	for _ in lfs.dir("/proc/self/fd") do
		number = number + 1;
	end
	return number;
end

most_files:set(found("/proc/self/limits", "Max open files%s+(%d+)"));

module:hook("stats-update", function ()
	resident:set(found("/proc/self/status", "VmRSS:%s+(%d+) kB") * 1024);
	lua:set(collectgarbage("count") * 1024);
	cpu:set(os.clock());
	files:set(open_files());
	started:set(prosody.start_time);
end);

local interval = 1; -- seconds

prosody.started:next(function ()
	local due = monotonic() + interval;
	module:add_timer(interval, function ()
		local now = monotonic();
		lag:sample(math.max(0, now - due));
		due = now + interval;
		return interval;
	end);
end);
