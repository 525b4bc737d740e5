-- The audit log's files: one for each day (UTC), in a directory that is the service's own. Those of days that are long
-- enough ago are removed.
local lfs = require "lfs";
local stat = require "posix.sys.stat";

local function name_of(time)
	return os.date("!audit-%Y-%m-%d.jsonl", time);
end

-- Which of these names are of a day before the last `keep` seconds; none where everything is kept.
local function expired(names, keep, now)
	local list = {};
	local oldest = keep and name_of(now - keep);
	for _, name in ipairs(names) do
		if oldest and name:match("^audit%-%d%d%d%d%-%d%d%-%d%d%.jsonl$") and name < oldest then
			list[#list + 1] = name;
		end
	end
	return list;
end

local files = {};
files.__index = files;

-- `directory` is made where it is not there.
local function new(directory)
	lfs.mkdir(directory);
	stat.chmod(directory, 448); -- 0700
	return setmetatable({ directory = directory }, files);
end

-- Adds a line to the file of the day. @returns true, or nil and what is wrong
function files:append(line, now)
	local name = name_of(now);
	if name ~= self.name then
		self:close();
		local path = self.directory.."/"..name;
		local file, problem = io.open(path, "a");
		if not file then
			return nil, problem;
		end
		stat.chmod(path, 384); -- 0600
		self.file, self.name = file, name;
	end
	local written, problem = self.file:write(line, "\n");
	if written then
		written, problem = self.file:flush();
	end
	return written, problem;
end

-- Removes what is older than `keep` seconds, as far as whole days are.
function files:expire(keep, now)
	local names = {};
	for name in lfs.dir(self.directory) do
		names[#names + 1] = name;
	end
	for _, name in ipairs(expired(names, keep, now)) do
		os.remove(self.directory.."/"..name);
	end
end

function files:close()
	if self.file then
		self.file:close();
	end
	self.file, self.name = nil, nil;
end

return { new = new; expired = expired };
