-- How releases are put in force in programs of the Prometheus family, which read their configuration again at SIGHUP and
-- tell by figures of their own how that went.
local signal = require "posix.signal"
local unistd = require "posix.unistd"
local figures = require "figures"

-- What they read their files through, so that all are of one release.
local link = "/run/monitoring/release"

local reloading = { link = link }

function reloading.prepare(release)
	os.remove(link .. ".new")
	assert(unistd.link(release, link .. ".new", true))
	assert(os.rename(link .. ".new", link))
end

-- The reload of one whose figures begin with that name.
function reloading.by_signal(port, path, name)
	local at = name .. "_config_last_reload_success_timestamp_seconds"
	local successful = name .. "_config_last_reload_successful"
	return function (process, release, wait_for)
		local before = figures.value(port, path, at)
		local previous = unistd.readlink(link)
		reloading.prepare(release)
		signal.kill(process, signal.SIGHUP)
		local done = wait_for(30, function ()
			return figures.value(port, path, at) ~= before and "ok" or figures.value(port, path, successful) == 0 and "failed"
		end)
		if done == "ok" then
			return "applied without a restart"
		end
		reloading.prepare(previous)
		return nil, done and "not taken, see its log" or "no word of it within 30 s"
	end
end

return reloading
