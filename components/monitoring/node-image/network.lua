-- What has gone over the network of a container, as /proc shows it to every user of the machine (proc_pid_net(5)).
local stat = require "posix.sys.stat"
local files = require "files"

-- The same file for all who are in one network.
local function inode(process)
	local status = stat.stat(process .. "/net/dev")
	return status and status.st_ino
end

-- Bytes that it has received and sent, but for the loopback; nothing of one that is in the machine's network, with all
-- others that are.
return function (proc, process)
	local text = inode(process) ~= inode(proc .. "/1") and files.read(process .. "/net/dev")
	if not text then
		return nil
	end
	local received, sent = 0, 0
	for name, counts in text:gmatch "([^%s:]+): *([%d ]+)" do
		if name ~= "lo" then
			local fields = {}
			for field in counts:gmatch "%d+" do
				fields[#fields + 1] = tonumber(field)
			end
			received, sent = received + fields[1], sent + fields[9]
		end
	end
	return received, sent
end
