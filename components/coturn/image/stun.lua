-- Asks a STUN server for the address that it sees (RFC 8489): whether it answers at all.
local socket = require "posix.sys.socket"
local unistd = require "posix.unistd"

local stun = {}

-- A Binding request without attributes: type, length, magic cookie, and twelve bytes of our own.
local transaction = "prosodystack"
local request = string.pack(">I2I2I4", 0x0001, 0, 0x2112A442) .. transaction
local success = string.pack(">I2", 0x0101)

function stun.answers(address, port, seconds)
	local family = address:find(":", 1, true) and socket.AF_INET6 or socket.AF_INET
	local descriptor = assert(socket.socket(family, socket.SOCK_DGRAM, 0))
	socket.setsockopt(descriptor, socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds, 0)
	local sent = socket.connect(descriptor, { family = family, addr = address, port = port })
		and socket.send(descriptor, request)
	local answer = sent and socket.recv(descriptor, 1500) or ""
	unistd.close(descriptor)
	return answer:sub(1, 2) == success and answer:sub(9, 20) == transaction
end

return stun
