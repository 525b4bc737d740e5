-- log-lines.lua
--
-- Reads lines and writes them as the log has them (see log.lua), until there are no more: a process beside a service, which
-- supervise.lua starts. Where a collector is told of, it gets them too.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local log = require "log"
local ship = require "log-ship"

-- The service decides when it is over: its last words are to come through.
for _, number in ipairs { signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP } do
	signal.signal(number, signal.SIG_IGN)
end

io.stdout:setvbuf("line")
for line in io.stdin:lines() do
	if line ~= "" then
		local written = log.line(line)
		print(written)
		ship.line(written)
	end
end
ship.finish()
