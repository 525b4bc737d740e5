-- Collects what is logged as an error.
local logger = require "prosody.util.logger";

local errors, sink;

local function listen()
	if errors then
		local collected = errors;
		sink = logger.add_simple_sink(function (source, _, message)
			table.insert(collected, source..": "..message);
		end, { "error" });
	end
end

-- A reload of the configuration sets up logging anew, at some point of it, and drops every listener.
module:hook("logging-reloaded", listen);

local function collect()
	errors = {};
	listen();
	return errors;
end

local function stop()
	errors = nil;
	logger.remove_sink(sink);
end

return { collect = collect; stop = stop };
