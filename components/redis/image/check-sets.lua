-- check-sets DIRECTORY
--
-- sets.lua is a table of sets by key, none of them empty, and there is a password. The last line tells what is wrong.
local directory = arg[1]

local function refuse(...)
	print(string.format(...))
	os.exit(1)
end

local file = io.open(directory .. "/password")
if not file or not file:read("a"):find("^%w+$") then
	refuse("secrets/password is missing, or has other characters than letters and digits")
end

local load_sets = loadfile(directory .. "/sets.lua", "t", {})
if not load_sets then
	refuse("secrets/sets.lua is missing, or cannot be read")
end
local ran, sets = pcall(load_sets)
if not ran or type(sets) ~= "table" then
	refuse("secrets/sets.lua has no table of sets")
end
local count = 0
for key, members in pairs(sets) do
	if type(members) ~= "table" or #members == 0 then
		refuse("secrets/sets.lua: %s has no members", key)
	end
	count = count + 1
end
print(string.format("%d sets checked", count))
