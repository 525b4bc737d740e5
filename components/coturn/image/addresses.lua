-- The address that this container, or machine, reaches the outside from: strangers are on one of its networks, on others
-- Redis is.
local socket = require "posix.sys.socket"
local unistd = require "posix.unistd"

local addresses = {}

-- Nothing is sent there: it only has the kernel choose a route (RFC 5737, RFC 3849).
local outside = { [socket.AF_INET] = "192.0.2.1", [socket.AF_INET6] = "2001:db8::1" }

-- Nothing where there is no way out by that version of IP.
local function own(family)
	local probe = socket.socket(family, socket.SOCK_DGRAM, 0)
	if not probe then
		return
	end
	local connected = socket.connect(probe, { family = family, addr = outside[family], port = 9 })
	local name = connected and socket.getsockname(probe)
	unistd.close(probe)
	return name and name.addr
end

function addresses.ipv4()
	return own(socket.AF_INET)
end

function addresses.ipv6()
	return own(socket.AF_INET6)
end

return addresses
