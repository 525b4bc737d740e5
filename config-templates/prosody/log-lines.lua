-- Makes "stack_json" known as a place that `log` can lead to: the standard output, a line of JSON for each message, and the
-- stack's collector of lines where there is one (docs/logs.md).
local json = require "prosody.util.json"
local format = require "prosody.util.format".format
local now = require "prosody.util.time".now
local loggingmanager = require "prosody.core.loggingmanager"

local mark = "stack.log-lines"

-- Loaded once, for there is a sink for each reload. Lines of the service itself only: others run a Prosody too, such as a
-- drill of a backup.
local function shipping()
	local name = "stack.log-ship"
	if not package.loaded[name] then
		local there, ship = pcall(dofile, "/usr/lib/stack/log-ship.lua")
		package.loaded[name] = there and os.getenv "STACK_SERVICE" == "prosody" and ship or { line = function () end }
	end
	return package.loaded[name].line
end

-- As start.lua and log-lines.lua of the other services write it: the same fields in the same order.
local function sink()
	local ship = shipping()
	io.stdout:setvbuf("line")
	return function (source, level, message, ...)
		local time = now()
		local seconds = math.floor(time)
		local line = ('{"time":"%s.%03dZ","level":"%s","service":"prosody","source":%s,"message":%s}'):format(
			os.date("!%Y-%m-%dT%H:%M:%S", seconds), math.floor((time - seconds) * 1000), level,
			json.encode(source), json.encode(format(message, ...)))
		io.stdout:write(line, "\n")
		ship(line)
	end
end

-- Once: it is read again at each reload, and another one would be a second line for each message.
if not package.loaded[mark] then
	package.loaded[mark] = true
	loggingmanager.register_sink_type("stack_json", sink)
end
