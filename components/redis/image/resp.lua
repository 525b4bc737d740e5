-- A connection to Redis by its own protocol, over the socket that only its own user reaches.
-- See https://redis.io/docs/latest/develop/reference/protocol-spec/
local socket = require "posix.sys.socket"
local unistd = require "posix.unistd"

local resp = {}
resp.__index = resp

-- Seconds that an answer may take.
local patience = 5

function resp.connect(path)
	local descriptor = assert(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	local connected, problem = socket.connect(descriptor, { family = socket.AF_UNIX, path = path })
	if not connected then
		unistd.close(descriptor)
		return nil, problem
	end
	socket.setsockopt(descriptor, socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience, 0)
	return setmetatable({ descriptor = descriptor, buffer = "" }, resp)
end

function resp:close()
	unistd.close(self.descriptor)
end

function resp:fill()
	local chunk, problem = unistd.read(self.descriptor, 4096)
	if not chunk or chunk == "" then
		error({ problem = problem or "Redis has closed the connection" }, 0)
	end
	self.buffer = self.buffer .. chunk
end

function resp:line()
	while true do
		local line, rest = self.buffer:match("^([^\r]*)\r\n(.*)$")
		if line then
			self.buffer = rest
			return line
		end
		self:fill()
	end
end

-- Text is what it says; an error of Redis is one here.
function resp:reply()
	local line = self:line()
	local kind, value = line:sub(1, 1), line:sub(2)
	if kind == "-" then
		error({ problem = value }, 0)
	elseif kind == "$" then
		local length = tonumber(value)
		if length < 0 then
			return
		end
		while #self.buffer < length + 2 do
			self:fill()
		end
		local text = self.buffer:sub(1, length)
		self.buffer = self.buffer:sub(length + 3)
		return text
	elseif kind == "*" then
		local list = {}
		for i = 1, tonumber(value) do
			list[i] = self:reply()
		end
		return list
	end
	return value
end

function resp:call(...)
	local parts = { "*" .. select("#", ...) .. "\r\n" }
	for _, argument in ipairs { ... } do
		parts[#parts + 1] = "$" .. #argument .. "\r\n" .. argument .. "\r\n"
	end
	assert(unistd.write(self.descriptor, table.concat(parts)))
	return self:reply()
end

return resp
