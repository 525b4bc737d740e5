-- The releases on the config volume, and which one is in force.
--
--     releases/<hash>/             a release; releases/.incoming-<hash> while it is being written
--     current -> releases/<hash>   the one in force
--     .pending -> releases/<hash>  the one to go back to, until the service has confirmed `current`
--     .instance                    which container the delivery was made for, see supervise.lua
--     .lock                        locked while a delivery runs
--     .check-<random>/release      files while they are only checked
--     .verdict                     what a watcher's last delivery came to, see verdicts.lua
local stat = require "posix.sys.stat"
local stdlib = require "posix.stdlib"
local unistd = require "posix.unistd"
local lock = require "deliver.lock"
local tree = require "deliver.tree"

local releases = {}

local root = "/config"
local directory = root .. "/releases"
local deliveries -- the descriptor, which holds the lock for as long as this program lives

-- True, or nothing while another delivery holds the lock.
function releases.lock()
	deliveries = deliveries or lock.open(root .. "/.lock")
	return lock.take(deliveries)
end

function releases.path(hash)
	return directory .. "/" .. hash
end

local function target(link)
	return (unistd.readlink(root .. "/" .. link) or ""):match("^releases/(%x+)$")
end

-- Rename replaces the old link at once: whoever looks sees the one or the other.
local function point(link, hash)
	local new = root .. "/.new-link"
	tree.remove(new)
	assert(unistd.link("releases/" .. hash, new, true))
	assert(os.rename(new, root .. "/" .. link))
	tree.sync(root)
end

function releases.current()
	return target("current")
end

function releases.pending()
	return target(".pending")
end

-- Puts a release in force. `previous` is remembered until settle(): a delivery that is killed while it waits for the
-- service leaves behind what the next one needs to go back.
function releases.switch(hash, previous)
	tree.remove(root .. "/.instance")
	tree.write_file(root .. "/.instance", os.getenv("STACK_INSTANCE") or "")
	if previous then
		point(".pending", previous)
	end
	point("current", hash)
end

function releases.withdraw()
	tree.remove(root .. "/current")
	tree.sync(root)
end

function releases.settle()
	tree.remove(root .. "/.pending")
	tree.sync(root)
end

function releases.add(hash, files)
	local incoming = directory .. "/.incoming-" .. hash
	if not stat.lstat(directory) then
		assert(stat.mkdir(directory, 448)) -- 0700
		tree.sync(root)
	end
	tree.remove(incoming)
	tree.write(files, incoming)
	-- One of that name is not in force. It may be from a run that was killed before its checks.
	tree.remove(releases.path(hash))
	assert(os.rename(incoming, releases.path(hash)))
	tree.sync(directory)
end

-- A new directory for what is no release.
function releases.scratch()
	return assert(stdlib.mkdtemp(root .. "/.check-XXXXXX"))
end

function releases.remove(hash)
	tree.remove(releases.path(hash))
end

-- Whether a killed run has left something half-written behind.
function releases.clean()
	if stat.lstat(directory) then
		for _, name in ipairs(tree.entries(directory)) do
			if name:find("^%.incoming%-") then
				tree.remove(directory .. "/" .. name)
			end
		end
	end
	tree.remove(root .. "/.new-link")
end

function releases.keep(...)
	local kept = {}
	for _, hash in ipairs { ... } do
		kept[hash] = true
	end
	for _, name in ipairs(tree.entries(directory)) do
		if not kept[name] then
			tree.remove(directory .. "/" .. name)
		end
	end
end

return releases
