-- Exit status 0 while Nginx answers, asked through a socket that only its own user reaches.
local socket = require "posix.sys.socket"
local unistd = require "posix.unistd"

local function fail(problem)
	print(problem)
	os.exit(1)
end

local connection = assert(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
local connected, problem = socket.connect(connection, { family = socket.AF_UNIX, path = "/run/nginx/health.sock" })
if not connected then
	fail("Nginx is not running: " .. problem)
end
socket.setsockopt(connection, socket.SOL_SOCKET, socket.SO_RCVTIMEO, 4, 0)
assert(socket.send(connection, "GET /health HTTP/1.0\r\n\r\n"))
local answer = socket.recv(connection, 64) or ""
unistd.close(connection)
if not answer:find("^HTTP/1.1 200 ") then
	fail("Nginx has not answered: " .. answer:match("^[^\r\n]*"))
end
print("ok")
