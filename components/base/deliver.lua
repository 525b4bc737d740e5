-- Delivers the files that are staged to the service that reads them: checks them, puts them in force at once and as a
-- whole, and waits until the service says that it runs them. What is refused leaves the release in force as it was.
--
--     deliver.lua [--check|--watch] [DIRECTORY…]
--
-- The directories have the staged files, laid over one another; /staged by default. With --check nothing is put in force,
-- with --watch whatever is staged later is delivered, too (deliver/watch.lua).
--
-- Last line: `delivered <hash>: …`, `unchanged <hash>`, `checked <hash>` or `refused: <reason>`. Exit status: 0 in force, 3
-- refused by the checks, 4 refused by the service, 5 no answer from the service, 1 anything else.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stat = require "posix.sys.stat"
local releases = require "deliver.releases"
local run = require "deliver.run"
local service = require "deliver.service"
local tree = require "deliver.tree"
local watch = require "deliver.watch"
local recipe = dofile "/usr/lib/stack/service.lua"

local answer_timeout = recipe.answer_timeout or 60
local check_timeout = recipe.check_timeout or 60

local mode = arg[1] and arg[1]:match("^%-%-(.+)$")
local directories = table.pack(table.unpack(arg, mode and 2 or 1))
if #directories == 0 then
	directories = { "/staged" }
end

local function say(...)
	print(string.format(...))
end

-- The last line of a delivery, kept for those who ask later.
local verdict
local function conclude(status, ...)
	verdict = string.format(...)
	print(verdict)
	return status
end

-- The reason is one line, whatever bytes a name or a message has.
local function refuse(status, ...)
	return conclude(status, "refused: %s", (string.format(...):gsub("%c+", " ")))
end

-- Returns nothing if every check passes, else the reason of the first that does not.
local function problem_of(hash)
	local release = releases.path(hash)
	for _, check in ipairs(recipe.checks) do
		local command = {}
		for i, argument in ipairs(check) do
			command[i] = argument:gsub("{release}", release)
		end
		local passed, lines = run(command, check_timeout)
		for i, line in ipairs(lines) do
			-- The operator knows the files by where they lie in a release.
			lines[i] = line:gsub(release .. "/?", "")
			say("%s", lines[i])
		end
		if not passed then
			return check.reason and check.reason(lines) or lines[#lines] or check[1] .. " failed"
		end
	end
end

-- Goes back to the release that was in force before, and waits until the service is back on it.
local function go_back(hash, previous)
	if previous then
		releases.switch(previous)
		if service.wait_for_answer(previous, answer_timeout) ~= "ok" then
			say("the service has not confirmed within %d s that it is back on %s", answer_timeout, previous)
		end
	else
		releases.withdraw()
	end
	releases.settle()
	releases.remove(hash)
end

-- Waits for the service's word on the release in force, and goes back to the previous one without it.
local function confirm(hash, previous)
	if not service.alive() then
		releases.settle()
		return conclude(0, "delivered %s: read at the next start", hash)
	end
	local answer, message = service.wait_for_answer(hash, answer_timeout)
	if answer == "ok" then
		releases.settle()
		return conclude(0, "delivered %s: %s", hash, message)
	end
	go_back(hash, previous)
	if answer then
		return refuse(4, "%s", message)
	end
	return refuse(5, "no answer from the service within %d s", answer_timeout)
end

-- Ends what a delivery had begun that was killed after it had switched.
local function resume()
	local current, pending = releases.current(), releases.pending()
	if not pending then
		return
	end
	if pending ~= current then
		say("an earlier delivery of %s was interrupted", current)
		confirm(current, pending)
	else
		if service.alive() then
			service.wait_for_answer(current, answer_timeout)
		end
		releases.settle()
	end
end

local function unchanged(hash)
	if service.alive() then
		local answer, message = service.wait_for_answer(hash, answer_timeout)
		if answer == "failed" then
			return refuse(4, "%s", message)
		elseif not answer then
			return refuse(5, "no answer from the service within %d s", answer_timeout)
		end
	end
	return conclude(0, "unchanged %s", hash)
end

local hash -- of what is staged

local function check()
	local files = tree.read(directories)
	hash = tree.hash(files)
	releases.add(hash, files)
	local problem = problem_of(hash)
	if problem then
		return refuse(3, "%s", problem)
	end
	return conclude(0, "checked %s", hash)
end

local function deliver()
	local files = tree.read(directories)
	hash = tree.hash(files)
	if not service.wait_for(2 * answer_timeout, releases.lock) then
		return refuse(3, "another delivery is still running")
	end
	releases.clean()
	resume()

	local previous = releases.current()
	if hash == previous then
		return unchanged(hash)
	end
	releases.add(hash, files)
	local problem = problem_of(hash)
	if problem then
		releases.remove(hash)
		return refuse(3, "%s", problem)
	end
	releases.switch(hash, previous)
	local status = confirm(hash, previous)
	if status == 0 then
		releases.keep(hash, previous)
	end
	return status
end

-- Runs one of them. What goes wrong is told in a line, too.
local function run_to_end(action)
	local ran, result = xpcall(action, function (problem)
		return type(problem) == "table" and problem or debug.traceback(problem)
	end)
	if ran then
		return result
	elseif type(result) == "table" then
		return refuse(3, "%s", result.refused)
	end
	say("%s", result)
	return refuse(1, "%s", result:match("^[^\n]*"))
end

io.stdout:setvbuf("line")
stat.umask(63) -- 0077
-- As the first process of a container it would be deaf to it, and it may be ended anywhere.
signal.signal(signal.SIGTERM, function () os.exit(143) end)
if mode == "check" then
	os.exit(run_to_end(check))
elseif mode ~= "watch" then
	os.exit(run_to_end(deliver))
end
watch(directories, function ()
	local status = run_to_end(deliver)
	return status, hash, verdict
end)
