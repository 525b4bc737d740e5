-- Delivers the files that are staged to the service that reads them: checks them, puts them in force at once and as a
-- whole, and waits until the service says that it runs them. What is refused leaves the release in force as it was.
--
--     deliver.lua [DIRECTORY…]            the directories with the staged files, laid over one another; /staged by default
--     deliver.lua --watch [DIRECTORY…]    the same, and again whenever other files are staged there, until told to stop
--     deliver.lua --check [DIRECTORY…]    only checks them: puts nothing in force, asks no service
--
-- Last line: `delivered <hash>: …`, `unchanged <hash>`, `checked <hash>` or `refused: <reason>`. Exit status: 0 in force or
-- checked, 3 refused by the checks, 4 refused by the service, 5 no answer from the service, 1 anything else.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stat = require "posix.sys.stat"
local checks = require "deliver.checks"
local delivery = require "deliver.delivery"
local releases = require "deliver.releases"
local tree = require "deliver.tree"
local verdicts = require "deliver.verdicts"
local watch = require "deliver.watch"
local recipe = dofile "/usr/lib/stack/service.lua"

local mode, first = "once", 1
if arg[1] == "--watch" or arg[1] == "--check" then
	mode, first = arg[1]:sub(3), 2
end
local directories = { table.unpack(arg, first) }
if #directories == 0 then
	directories = { "/staged" }
end

local function check(_, files)
	local scratch = releases.scratch()
	tree.write(files, scratch .. "/release")
	local problem = checks(recipe.checks, scratch .. "/release", recipe.check_timeout or 60)
	tree.remove(scratch)
	if problem then
		return 3, "refused", problem
	end
	return 0, "checked"
end

-- Reads what is staged, and does that with it. Returns the exit status and the verdict, which is the last line.
local function conclude(action)
	local hash
	local ran, status, kind, message = xpcall(function ()
		local files = tree.read(directories)
		hash = tree.hash(files)
		return action(hash, files)
	end, function (problem)
		return type(problem) == "table" and problem or debug.traceback(problem)
	end)
	if not ran and type(status) == "table" then
		status, kind, message = 3, "refused", status.refused
	elseif not ran then
		print(status)
		status, kind, message = 1, "refused", status:match("^[^\n]*")
	end
	-- One line, whatever bytes a name or a message has.
	local verdict = { hash = hash or "-", kind = kind, message = (message or ""):gsub("%c+", " ") }
	print(verdicts.line(verdict))
	return status, verdict
end

io.stdout:setvbuf("line")
stat.umask(63) -- 0077
-- As the first process of a container it would be deaf to it. It may be ended anywhere: the next delivery ends what this one
-- has begun. A watcher has done all of its work when it is told to stop.
signal.signal(signal.SIGTERM, function () os.exit(mode == "watch" and 0 or 143) end)
if mode == "watch" then
	watch(directories, function () return conclude(delivery) end, recipe.retry_after or 30)
end
os.exit((conclude(mode == "check" and check or delivery)))
