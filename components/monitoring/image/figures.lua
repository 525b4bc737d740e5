-- What a program of the Prometheus family says of itself over HTTP on the loopback.
local http = require "socket.http"

http.TIMEOUT = 4

local figures = {}

-- Whether it answers with 200 there; else why not.
function figures.answers(port, path)
	local body, status = http.request("http://127.0.0.1:" .. port .. path)
	if body and status == 200 then
		return true
	end
	return false, tostring(status)
end

-- The value of a figure without labels; nothing where it does not tell it.
function figures.value(port, path, name)
	local body, status = http.request("http://127.0.0.1:" .. port .. path)
	if body and status == 200 then
		return tonumber(("\n" .. body):match("\n" .. name .. " (%S+)"))
	end
end

return figures
