-- Puts a release in force that passes the checks, and waits until the service says that it runs it; goes back to the one
-- before if the service does not.
local checks = require "deliver.checks"
local releases = require "deliver.releases"
local service = require "deliver.service"
local recipe = dofile "/usr/lib/stack/service.lua"

local answer_timeout = recipe.answer_timeout or 60
local check_timeout = recipe.check_timeout or 60

local function say(...)
	print(string.format(...))
end

-- What a delivery ends with, see deliver.lua: the exit status, the kind of the verdict, its message.
local function no_answer()
	return 5, "refused", string.format("no answer from the service within %d s", answer_timeout)
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
		return 0, "delivered", "read at the next start"
	end
	local answer, message = service.wait_for_answer(hash, answer_timeout)
	if answer == "ok" then
		releases.settle()
		return 0, "delivered", message
	end
	go_back(hash, previous)
	if answer then
		return 4, "refused", message
	end
	return no_answer()
end

-- Ends what a delivery had begun that was killed after it had switched.
local function resume()
	local current, pending = releases.current(), releases.pending()
	if not pending then
		return
	end
	if pending ~= current then
		say("an earlier delivery of %s was interrupted", current)
		local _, kind, message = confirm(current, pending)
		say("%s: %s", kind, message)
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
			return 4, "refused", message
		elseif not answer then
			return no_answer()
		end
	end
	return 0, "unchanged"
end

return function (hash, files)
	if not service.wait_for(2 * answer_timeout, releases.lock) then
		return 1, "refused", "another delivery is still running"
	end
	releases.clean()
	resume()

	local previous = releases.current()
	if hash == previous then
		return unchanged(hash)
	end
	releases.add(hash, files)
	local problem = checks(recipe.checks, releases.path(hash), check_timeout)
	if problem then
		releases.remove(hash)
		return 3, "refused", problem
	end
	releases.switch(hash, previous)
	local status, kind, message = confirm(hash, previous)
	if status == 0 then
		releases.keep(hash, previous)
	end
	return status, kind, message
end
