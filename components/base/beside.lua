-- Programs that run beside a supervised service (see supervise.lua): each is started again when it has ended, after a pause.
local signal = require "posix.signal"
local service = require "deliver.service"
local log = require "log"

local pause = 2 -- seconds, so that one that cannot start takes no processor
local grace = 5

local beside = {}
beside.__index = beside

-- `start` makes a process of a command and returns its id, `ended` is the exit status of one that has ended.
function beside.new(commands, start, ended)
	local programs = {}
	for i, command in ipairs(commands) do
		programs[i] = { command = command, start_at = 0 }
	end
	return setmetatable({ programs = programs, start = start, ended = ended }, beside)
end

-- Starts what does not run; called again and again.
function beside:keep()
	for _, program in ipairs(self.programs) do
		local status = program.process and self.ended(program.process)
		if status then
			log.say("%s has ended with status %d", table.concat(program.command, " ", 1, 2), status)
			program.process, program.start_at = nil, service.now() + pause
		elseif not program.process and service.now() >= program.start_at then
			program.process = self.start(program.command)
		end
	end
end

local function running(self)
	local found = {}
	for _, program in ipairs(self.programs) do
		if program.process and not self.ended(program.process) then
			found[#found + 1] = program.process
		end
	end
	return found
end

-- There is another release of their files.
function beside:reload()
	for _, process in ipairs(running(self)) do
		signal.kill(process, signal.SIGHUP)
	end
end

function beside:stop()
	for _, process in ipairs(running(self)) do
		signal.kill(process, signal.SIGTERM)
	end
	service.wait_for(grace, function () return #running(self) == 0 end)
	for _, process in ipairs(running(self)) do
		signal.kill(process, signal.SIGKILL)
	end
end

return beside
