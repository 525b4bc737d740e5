-- A server that replays its log from the archive up to where it is told, for nobody but this program, and ends then.
local fcntl = require "posix.fcntl"
local poll = require "posix.poll"
local signal = require "posix.signal"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"
local service = require "deliver.service"
local tree = require "deliver.tree"
local programs = require "programs"
local repository = require "restore.repository"

local patience = 600 -- seconds without a word of it
local configuration, access = "/run/postgresql/restore.conf", "/run/postgresql/restore-hba.conf"

-- With an archive that nothing gets into yet: what it writes waits for the server after it.
local settings = [[
listen_addresses = ''
unix_socket_directories = '/run/postgresql'
hba_file = '/run/postgresql/restore-hba.conf'
archive_mode = on
archive_command = ''
hot_standby = off
max_connections = 10
shared_buffers = 64MB
max_wal_size = 1GB
shared_memory_type = mmap
dynamic_shared_memory_type = posix
huge_pages = off
jit = off
log_timezone = 'UTC'
timezone = 'UTC'
log_checkpoints = off
]]

local server = {}
server.__index = server

local recovery = {}

local function write(path, content)
	tree.remove(path)
	tree.write_file(path, content)
end

function recovery.start()
	write(configuration, settings)
	write(access, "local all postgres peer\n")
	local reader, writer = assert(unistd.pipe())
	local process = assert(unistd.fork())
	if process == 0 then
		unistd.dup2(writer, 1)
		unistd.dup2(writer, 2)
		unistd.close(reader)
		unistd.close(writer)
		local command = programs.command("postgres", "-D", programs.data, "-c", "config_file=" .. configuration)
		unistd.execp(command[1], table.move(command, 2, #command, 1, {}))
		unistd._exit(127)
	end
	unistd.close(writer)
	fcntl.fcntl(reader, fcntl.F_SETFL, fcntl.O_NONBLOCK)
	return setmetatable({ process = process, output = reader, rest = "", heard = service.now(), shown = 0 }, server)
end

-- Its lines since the last time.
function server:lines()
	local lines = {}
	while poll.rpoll(self.output, 0) == 1 do
		local chunk = unistd.read(self.output, 65536)
		if not chunk or chunk == "" then break end
		self.heard = service.now()
		self.rest = self.rest .. chunk
	end
	self.rest = self.rest:gsub("([^\n]*)\n", function (line)
		lines[#lines + 1] = line
		return ""
	end)
	return lines
end

-- Keeps what tells why it ends, and shows how far it is.
function server:listen()
	for _, line in ipairs(self:lines()) do
		-- PostgreSQL takes a segment that cannot be read for one that is not there.
		if line:find("^P%d+%s+ERROR:") then
			self.trouble = { line }
		elseif self.trouble and line:find("^%s+%S") then
			table.insert(self.trouble, line)
		end
		self.transaction = line:match("last completed transaction was at log time (.+)") or self.transaction
		self.complaint = line:match("FATAL:%s+(.+)") or line:match("PANIC:%s+(.+)") or self.complaint
		if line:find("recovery ended before configured recovery target", 1, true) then
			self.too_late = true
		end
		local segment = line:match('restored log file "(%x+)"')
		if segment and service.now() - self.shown >= 10 then
			self.shown = service.now()
			print("replaying the log: " .. segment)
		end
	end
end

function server:ended()
	if not self.status then
		local pid, reason, status = wait.wait(self.process, wait.WNOHANG)
		self.status = pid == self.process and (reason == "exited" and status or 128 + status) or nil
	end
	return self.status
end

-- Until it takes writes: it is where it was to get.
function server:wait(order)
	while true do
		local ended = self:ended()
		self:listen()
		if ended and self.trouble then
			error(repository.reason(self.trouble), 0)
		elseif ended and self.too_late then
			local problem = order.at and "does not reach to " .. order.at
				or "is damaged or incomplete before the end of backup " .. order.backup
			error(string.format("the archive of PostgreSQL's log %s: the last change in it is of %s", problem,
				self.transaction or "a time before its base backup"), 0)
		elseif ended then
			error("the restored database does not start: " .. (self.complaint or "PostgreSQL has ended with " .. ended), 0)
		elseif service.now() - self.heard > patience then
			error(string.format("PostgreSQL has replayed nothing of its log for %d s", patience), 0)
		elseif programs.ask("SELECT pg_is_in_recovery()") == "f" then
			return
		end
		service.wait_for(0.1, function () return self:ended() end)
	end
end

-- Ends it well, and takes away what was for the recovery only.
function server:stop()
	signal.kill(self.process, signal.SIGINT)
	if not service.wait_for(300, function () self:listen() return self:ended() end) then
		error("the restored database does not stop", 0)
	elseif self.status ~= 0 then
		error("the restored database has not stopped well: " .. (self.complaint or "status " .. self.status), 0)
	end
	assert(io.open(programs.data .. "/postgresql.auto.conf", "w")):close()
end

return recovery
