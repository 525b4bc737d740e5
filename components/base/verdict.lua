-- What a watching delivery (deliver.lua --watch) has come to.
--
--     verdict.lua                     exit status 0 once a release is in force, else 1
--     verdict.lua HASH [SECONDS]      waits for the verdict on the files of that hash, and prints it: `delivered …`,
--                                     `unchanged …` or `refused: …`; exit status 0 in force, 3 refused, 5 none in time
package.path = "/usr/lib/stack/?.lua;" .. package.path

local releases = require "deliver.releases"
local service = require "deliver.service"
local verdicts = require "deliver.verdicts"

local hash, seconds = arg[1], tonumber(arg[2] or 0)

local function say(...)
	print(string.format(...))
end

local function last()
	local verdict = verdicts.last()
	return verdict and string.format("the last verdict is on %s: %s", verdict.hash, verdicts.line(verdict))
		or "nothing was delivered or refused yet"
end

if not hash then
	if releases.current() then
		os.exit(0)
	end
	say("no release is in force; %s", last())
	os.exit(1)
elseif not hash:find("^%x+$") or not seconds then
	say("usage: verdict.lua [HASH [SECONDS]]")
	os.exit(1)
end

local verdict = service.wait_for(seconds, function ()
	local found = verdicts.last()
	return found and found.hash == hash and found
end)
if not verdict then
	say("no verdict on %s within %g s; %s", hash, seconds, last())
	os.exit(5)
end
say("%s", verdicts.line(verdict))
os.exit(verdict.kind == "refused" and 3 or 0)
