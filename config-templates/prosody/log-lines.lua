-- Makes "stack_json" known as a place that `log` can lead to: the standard output, a line of JSON for each message
-- (docs/logs.md).
local json = require "prosody.util.json"
local format = require "prosody.util.format".format
local now = require "prosody.util.time".now
local loggingmanager = require "prosody.core.loggingmanager"

local mark = "stack.log-lines"

-- As start.lua and log-lines.lua of the other services write it: the same fields in the same order.
local function sink()
	io.stdout:setvbuf("line")
	return function (source, level, message, ...)
		local time = now()
		local seconds = math.floor(time)
		io.stdout:write(('{"time":"%s.%03dZ","level":"%s","service":"prosody","source":%s,"message":%s}\n'):format(
			os.date("!%Y-%m-%dT%H:%M:%S", seconds), math.floor((time - seconds) * 1000), level,
			json.encode(source), json.encode(format(message, ...))))
	end
end

-- Once: it is read again at each reload, and another one would be a second line for each message.
if not package.loaded[mark] then
	package.loaded[mark] = true
	loggingmanager.register_sink_type("stack_json", sink)
end
