-- Whether the probes answer by HTTP, and what: status line and, for people, the text.
local socket = require "posix.sys.socket"
local unistd = require "posix.unistd"

local port = 9600

return function (path, seconds)
	local connection = assert(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	local connected, problem = socket.connect(connection, { family = socket.AF_INET, addr = "127.0.0.1", port = port })
	if not connected then
		unistd.close(connection)
		return nil, problem
	end
	socket.setsockopt(connection, socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds, 0)
	socket.send(connection, "GET " .. path .. " HTTP/1.0\r\n\r\n")
	local answer = ""
	repeat
		local part = socket.recv(connection, 4096) or ""
		answer = answer .. part
	until part == ""
	unistd.close(connection)
	local text = answer:match("\r\n\r\n(.-)%s*$") or "no answer"
	return answer:find("^HTTP/1%.%d 200 ") ~= nil, text
end
