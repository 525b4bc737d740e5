-- What our programs say in a service's log, and how a line of another program's becomes one of JSON, where the settings ask
-- for that (STACK_LOG_FORMAT; docs/logs.md). Prosody writes its own: config-templates/prosody/log-lines.lua.
local time = require "posix.time"

local log = {}

local service = os.getenv "STACK_SERVICE" or ""
log.is_json = os.getenv "STACK_LOG_FORMAT" == "json"

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

-- Also of what is no UTF-8: each such byte as the character of that number.
local function quoted(text)
	if not utf8.len(text) then
		text = text:gsub("[\128-\255]", function (byte) return utf8.char(byte:byte()) end)
	end
	return '"' .. text:gsub('[%c"\\\127]', function (character)
		return escapes[character] or string.format("\\u%04x", character:byte())
	end) .. '"'
end

-- By what a program calls how much a line matters.
local levels = {
	emerg = "error", alert = "error", crit = "error", error = "error", panic = "error", fatal = "error", critical = "error",
	warn = "warn", warning = "warn", notice = "info", info = "info", log = "info", debug = "debug",
}
local ways = {
	"%[(%a+)%] %d+#%d+:", -- Nginx
	"^%S+ %S+ UTC %[%d+%] .-(%u+):  ", -- PostgreSQL
	"^%S+ [PU]%S+ +(%u+): ", -- pgBackRest
	": (%u+): ", -- Coturn
	"^level=(%a+)", " level=(%a+)", -- Prometheus and its kin
}
local redis = { ["."] = "debug", ["-"] = "info", ["*"] = "info", ["#"] = "warn" }

-- What says nothing of it is information.
function log.level_of(line)
	for _, way in ipairs(ways) do
		local found = line:match(way)
		local level = found and levels[found:lower()]
		if level then
			return level
		end
	end
	return redis[line:match "^%d+:%u %d+ %a+ %d+ %d+:%d+:%d+%.%d+ ([.%-*#]) " or ""] or "info"
end

-- A line as it is to be in the log. One that is JSON already stays as it is.
function log.line(text, level)
	if not log.is_json or text:find "^{.*}$" then
		return text
	end
	local now = time.clock_gettime(time.CLOCK_REALTIME)
	local second = os.date("!%Y-%m-%dT%H:%M:%S", now.tv_sec)
	return string.format('{"time":"%s.%03dZ","level":"%s","service":%s,"message":%s}', second, now.tv_nsec // 1000000,
		level or log.level_of(text), quoted(service), quoted(text))
end

function log.say(...)
	print(log.line(string.format(...), "info"))
end

return log
