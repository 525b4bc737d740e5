-- verdict.lua                  exit status 0 once a release is in force, else 1
-- verdict.lua HASH SECONDS     waits until the watcher (deliver/watch.lua) has delivered or refused the files of that hash,
--                              and prints its verdict: exit status 0 in force, 3 refused, 5 none in time
package.path = "/usr/lib/stack/?.lua;" .. package.path

local unistd = require "posix.unistd"
local service = require "deliver.service"

if not arg[1] then
	os.exit(unistd.readlink("/config/current") and 0 or 1)
end

local hash, seconds = arg[1], tonumber(arg[2])

local function last()
	local file = io.open("/config/.verdict")
	if not file then
		return
	end
	local line = file:read("l") or ""
	file:close()
	return line:match("^(%S+) (.*)$")
end

local verdict = service.wait_for(seconds, function ()
	local about, text = last()
	return about == hash and text
end)
if not verdict then
	local about, text = last()
	print(about and string.format("no word on %s within %d s; the last is: %s", hash, seconds, text)
		or string.format("no word on %s within %d s", hash, seconds))
	os.exit(5)
end
print(verdict)
os.exit(verdict:find("^refused") and 3 or 0)
