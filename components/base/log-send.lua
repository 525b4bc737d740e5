-- log-send.lua FILE
--
-- Sends the lines that it reads to the stack's collector by TCP, until there are no more or the FILE with its address
-- (`host port`) is gone. While the collector is away it keeps a bounded number of them. It prints nothing: that would be a
-- line of the log.
local errno = require "posix.errno"
local fcntl = require "posix.fcntl"
local poll = require "posix.poll"
local signal = require "posix.signal"
local socket = require "posix.sys.socket"
local stdlib = require "posix.stdlib"
local time = require "posix.time"
local unistd = require "posix.unistd"

local most = 512 * 1024 -- bytes that wait
local pause = 1 -- seconds between two tries to connect
local last_wait = 1 -- seconds for what is left at the end

local path = arg[1]
local lines, first, last, waiting = {}, 1, 0, 0 -- from the first to the last one, and how many bytes they are
local sent = 0 -- bytes of the first one
local partial = "" -- a line that has not ended yet
local connection, connected
local try_at = 0

local function now()
	local clock = time.clock_gettime(time.CLOCK_MONOTONIC)
	return clock.tv_sec + clock.tv_nsec / 1e9
end

local function take(chunk)
	local text = partial .. chunk
	local from = 1
	for at in text:gmatch("()\n") do
		local line = text:sub(from, at)
		from = at + 1
		if waiting + #line <= most then
			last, waiting = last + 1, waiting + #line
			lines[last] = line
		end
	end
	partial = text:sub(from)
	if #partial > most then
		partial = ""
	end
end

local function disconnect()
	unistd.close(connection)
	connection, connected, sent = nil, false, 0 -- a line of which a part was sent goes again, as a whole
	try_at = now() + pause
end

-- Whether there is somebody to send to.
local function connect()
	local file = io.open(path)
	if not file then
		return false
	end
	local host, port = file:read("a"):match("^(%S+) (%d+)")
	file:close()
	-- With a dot at its end no search domain makes it a name of somebody else's.
	local found = socket.getaddrinfo(host .. ".", port, { socktype = socket.SOCK_STREAM })
	try_at = now() + pause
	for _, address in ipairs(found or {}) do
		local descriptor = socket.socket(address.family, socket.SOCK_STREAM, 0)
		if descriptor then
			fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.O_RDWR | fcntl.O_NONBLOCK)
			local done, _, number = socket.connect(descriptor, address)
			if done or number == errno.EINPROGRESS then
				connection, connected = descriptor, false
				return true
			end
			unistd.close(descriptor)
		end
	end
	return true
end

local function send()
	while first <= last do
		local line = lines[first]
		local count, _, number = socket.send(connection, sent == 0 and line or line:sub(sent + 1))
		if not count then
			if number ~= errno.EAGAIN then
				disconnect()
			end
			return
		end
		sent = sent + count
		if sent < #line then
			return
		end
		lines[first] = nil
		first, waiting, sent = first + 1, waiting - #line, 0
	end
end

for _, number in ipairs { signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE } do
	signal.signal(number, signal.SIG_IGN)
end

stdlib.setenv("RES_OPTIONS", "timeout:1 attempts:2") -- who asks for a name takes no lines
local ends_at
repeat
	if not connection and now() >= try_at and not connect() then
		break
	end
	local asked = {}
	if not ends_at then
		asked[unistd.STDIN_FILENO] = { events = { IN = true } }
	end
	if connection then
		asked[connection] = { events = { IN = true, OUT = not connected or first <= last } }
	end
	poll.poll(asked, ends_at and 50 or connection and 10000 or 1000)

	local input = asked[unistd.STDIN_FILENO]
	if input and input.revents and (input.revents.IN or input.revents.HUP) then
		local chunk = unistd.read(unistd.STDIN_FILENO, 65536)
		if chunk == "" or not chunk then
			ends_at = now() + last_wait
		else
			take(chunk)
		end
	end
	local answer = connection and asked[connection].revents or {}
	if answer.ERR or answer.HUP or answer.NVAL then
		disconnect()
	elseif answer.IN and (socket.recv(connection, 1) or "") == "" then
		disconnect() -- the collector says nothing: it has ended
	elseif answer.OUT then
		connected = true
		send()
	end
until ends_at and (first > last or now() > ends_at)
