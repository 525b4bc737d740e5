-- Locks on files. The kernel lets go of one when its holder ends, and also when the holder closes any descriptor of that
-- file: so a file that is locked is opened once, and stays open. exec keeps descriptor and lock.
local errno = require "posix.errno"
local fcntl = require "posix.fcntl"

local lock = {}

local function whole()
	return { l_type = fcntl.F_WRLCK, l_whence = 0, l_start = 0, l_len = 0 }
end

function lock.open(path)
	return assert(fcntl.open(path, fcntl.O_RDWR | fcntl.O_CREAT, 384)) -- 0600
end

-- True, or nothing while another process holds the lock.
function lock.take(descriptor)
	local taken, problem, number = fcntl.fcntl(descriptor, fcntl.F_SETLK, whole())
	if not taken and number ~= errno.EAGAIN and number ~= errno.EACCES then
		error(problem)
	end
	return taken and true
end

-- Whether another process holds the lock. Asking takes nothing away from it, and works where the file may only be read.
function lock.is_held(descriptor)
	local asked = whole()
	assert(fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
	return asked.l_type ~= fcntl.F_UNLCK
end

return lock
