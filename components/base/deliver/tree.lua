-- Trees of files: read one as it was staged, write it where the service reads it, remove it.
local digest = require "openssl.digest"
local dirent = require "posix.dirent"
local fcntl = require "posix.fcntl"
local stat = require "posix.sys.stat"
local unistd = require "posix.unistd"
local keys = require "deliver.keys"

local tree = {}

-- Configuration, certificates and secrets are small: a larger tree is a mistake, and all of it is held in memory.
local size_limit = 32 * 1024 * 1024

-- A refusal is an error whose message is for the operator.
local function refuse(...)
	error({ refused = string.format(...) }, 0)
end

local function entries(directory)
	local names = {}
	for name in dirent.files(directory) do
		if name ~= "." and name ~= ".." then
			names[#names + 1] = name
		end
	end
	table.sort(names)
	return names
end

-- A directory that kubelet fills has its files in a directory of its own behind the link `..data`, and a link to each
-- of them in its place. Returns the name of that directory, which stands for one state of them all; nothing for any other
-- directory.
local function kubelet_state(directory)
	return (unistd.readlink(directory .. "/..data") or ""):match("^%.%.[%w_%.%-]+$")
end

-- The path that a name in a directory stands for. The names that kubelet gives are keys.
local function path_of(name, prefix, from_kubelet)
	if from_kubelet then
		local path, problem = keys.path(name)
		return prefix .. (path or refuse("%s is not a name for a file of a release: %s", prefix .. name, problem))
	elseif name:find("[%c\\]") or name:find("^%.") then
		refuse("%s is not a name for a file of a release", prefix .. name)
	end
	return prefix .. name
end

local function read_file(path, shown)
	local file, problem = io.open(path, "rb")
	local content
	if file then
		content, problem = file:read("a")
		file:close()
	end
	if not content then
		refuse("%s cannot be read: %s", shown, tostring(problem):match("[^:]*$"):match("%S.*"))
	end
	return content
end

local function read_into(files, directory, prefix)
	local state = kubelet_state(directory)
	directory = state and directory .. "/" .. state or directory
	for _, name in ipairs(entries(directory)) do
		local path, shown = directory .. "/" .. name, path_of(name, prefix, state)
		local mode = assert(stat.lstat(path)).st_mode
		if stat.S_ISDIR(mode) ~= 0 then
			read_into(files, path, shown .. "/")
		elseif stat.S_ISREG(mode) ~= 0 then
			local content = read_file(path, shown)
			files.size = files.size + #content
			if files.size > size_limit then
				refuse("more than %d MiB are staged", size_limit // 1024 // 1024)
			end
			files[#files + 1] = { path = shown, content = content }
		else
			refuse("%s is neither a file nor a directory", shown)
		end
	end
end

-- The files below some directories, laid over one another and sorted by path, with their contents: what is hashed is
-- what is written, whatever happens to the directories meanwhile.
function tree.read(directories)
	local files = { size = 0 }
	for _, directory in ipairs(directories) do
		if not stat.lstat(directory) then
			refuse("there is no %s", directory)
		end
		read_into(files, directory, "")
	end
	if #files == 0 then
		refuse("nothing is staged in %s", table.concat(directories, ", "))
	end
	table.sort(files, function (a, b) return a.path < b.path end)
	local staged = {}
	for _, file in ipairs(files) do
		if staged[file.path] then
			refuse("%s is staged twice", file.path)
		end
		staged[file.path] = true
	end
	for _, file in ipairs(files) do
		for slash in file.path:gmatch("()/") do
			local parent = file.path:sub(1, slash - 1)
			if staged[parent] then
				refuse("%s is staged as a file and as a directory", parent)
			end
		end
	end
	return files
end

-- The name of a release: SHA-256 over path, NUL, length in decimal, NUL, content of each file; its first 16 digits.
function tree.hash(files)
	local sha256 = digest.new("sha256")
	for _, file in ipairs(files) do
		sha256:update(string.format("%s\0%d\0", file.path, #file.content), file.content)
	end
	return (sha256:final():gsub(".", function (byte) return string.format("%02x", byte:byte()) end)):sub(1, 16)
end

function tree.sync(path)
	local descriptor = assert(fcntl.open(path, fcntl.O_RDONLY))
	assert(unistd.fsync(descriptor))
	unistd.close(descriptor)
end

local function write_file(path, content)
	local descriptor = assert(fcntl.open(path, fcntl.O_WRONLY | fcntl.O_CREAT | fcntl.O_EXCL, 256)) -- 0400
	local written = 0
	while written < #content do
		written = written + assert(unistd.write(descriptor, content:sub(written + 1)))
	end
	assert(unistd.fsync(descriptor))
	unistd.close(descriptor)
end

-- Writes the files below a directory that does not exist yet; when it returns they are on the disk.
function tree.write(files, directory)
	local made = {}
	local function make(path)
		if not made[path] then
			assert(stat.mkdir(path, 448)) -- 0700
			made[#made + 1], made[path] = path, true
		end
	end
	make(directory)
	for _, file in ipairs(files) do
		for slash in file.path:gmatch("()/") do
			make(directory .. "/" .. file.path:sub(1, slash - 1))
		end
		write_file(directory .. "/" .. file.path, file.content)
	end
	for i = #made, 1, -1 do
		tree.sync(made[i])
	end
end

function tree.remove(path)
	local status = stat.lstat(path)
	if not status then
		return
	end
	if stat.S_ISDIR(status.st_mode) == 0 then
		assert(unistd.unlink(path))
		return
	end
	for _, name in ipairs(entries(path)) do
		tree.remove(path .. "/" .. name)
	end
	assert(unistd.rmdir(path))
end

tree.entries = entries
tree.kubelet_state = kubelet_state
tree.write_file = write_file

return tree
