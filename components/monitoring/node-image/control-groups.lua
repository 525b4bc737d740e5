-- What control groups say of containers, by version 2 or version 1 of them.
--
-- https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
local dirent = require "posix.dirent"
local stat = require "posix.sys.stat"
local files = require "files"

local groups = {}
groups.__index = groups

local function number(path)
	return tonumber(files.read(path) or "")
end

-- A line `name value` of such a file.
local function entry(path, name)
	return tonumber(("\n" .. (files.read(path) or "")):match("\n" .. name .. " (%d+)"))
end

-- The directories below that one by their names, and `own` by its inode.
local function walk(directory, inode, found)
	local opened, names = pcall(dirent.dir, directory)
	for _, name in ipairs(opened and names or {}) do
		-- Those of the kernel's files that are called like a controller's need not be tried.
		if not name:find "%." or name:find "%.slice$" or name:find "%.scope$" or name:find "%.service$" then
			local path = directory .. "/" .. name
			local status = stat.lstat(path)
			if status and stat.S_ISDIR(status.st_mode) ~= 0 then
				found[name] = path
				if status.st_ino == inode then
					found.own = path
				end
				walk(path, inode, found)
			end
		end
	end
	return found
end

-- `root` is where the machine's are seen, `own` where this container's own is.
function groups.new(root, own)
	local status = stat.stat(own)
	local unified = files.read(root .. "/cgroup.controllers") ~= nil
	return setmetatable({ root = root, inode = status and status.st_ino, unified = unified, found = {} }, groups)
end

-- The directory of a group; what is below the root is looked through again for one that is new.
function groups:directory(controller, name)
	local root = self.unified and self.root or self.root .. "/" .. controller
	if not (self.found[root] or {})[name] then
		self.found[root] = walk(root, self.inode, {})
	end
	return self.found[root][name] or root .. "/none"
end

-- Bytes. What the kernel keeps of files it drops before it ends anybody, so that this is no use of memory.
local function memory(directory, current, limit, cached)
	local used, most = number(directory .. "/" .. current), number(directory .. "/" .. limit)
	for _, name in ipairs(cached) do
		used = used and used - (entry(directory .. "/memory.stat", name) or 0)
	end
	return used and math.max(used, 0), most and most < 2 ^ 62 and most or nil
end

local function seconds(count, each)
	return count and count / each
end

-- What there is of: `memory`, `limit` (bytes), `cpu` and `throttled` (seconds).
function groups:figures(name)
	local found = {}
	if self.unified then
		local directory = self:directory("", name)
		found.memory, found.limit = memory(directory, "memory.current", "memory.max", { "active_file", "inactive_file" })
		found.cpu = seconds(entry(directory .. "/cpu.stat", "usage_usec"), 1e6)
		found.throttled = seconds(entry(directory .. "/cpu.stat", "throttled_usec"), 1e6)
		return found
	end
	local directory = self:directory("memory", name)
	found.memory, found.limit = memory(directory, "memory.usage_in_bytes", "memory.limit_in_bytes",
		{ "total_active_file", "total_inactive_file" })
	found.cpu = seconds(number(self:directory("cpuacct", name) .. "/cpuacct.usage"), 1e9)
	found.throttled = seconds(entry(self:directory("cpu", name) .. "/cpu.stat", "throttled_time"), 1e9)
	return found
end

return groups
