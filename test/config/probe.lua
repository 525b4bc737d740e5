-- Loads every tree in a directory with Prosody's own configuration manager and prints as JSON what came of it.
-- Runs inside the image: lua5.4 probe.lua --config <any tree>/prosody.cfg.lua, with PROBE_TREES naming the directory.

CFG_SOURCEDIR = "/usr/lib/prosody"
CFG_PLUGINDIR = "/usr/lib/prosody/modules/"
CFG_DATADIR = "/var/lib/prosody"
package.path = CFG_SOURCEDIR .. "/?.lua;" .. package.path
package.cpath = CFG_SOURCEDIR .. "/?.so;" .. package.cpath
if not pcall(require, "prosody.loader") then require "loader" end

local trees = os.getenv("PROBE_TREES")
local module_directory = CFG_PLUGINDIR -- start-up adds to the global
require "prosody.util.startup".prosodyctl()

local lfs = require "lfs"
local json = require "prosody.util.json"
local array = require "prosody.util.array" -- a list for json even when it is empty
local configmanager = require "prosody.core.configmanager"
local modulemanager = require "prosody.core.modulemanager"
local check = require "prosody.util.prosodyctl.check".check

-- Who sets what: every assignment in a configuration file ends in configmanager's own `set`, which its closures share.
local assignments
for i = 1, math.huge do
	local name, set = debug.getupvalue(configmanager.set, i)
	assert(name, "configmanager.set has no upvalue 'set' any more")
	if name == "set" then
		debug.setupvalue(configmanager.set, i, function (config, host, option, value)
			local file
			for level = 2, math.huge do
				local info = debug.getinfo(level, "S")
				if not info then break end
				file = info.source:match("^@" .. trees .. "/[^/]+/(.*)$")
				if file then break end
			end
			local old = rawget(config, host) and rawget(config[host], option)
			if file and not (type(value) == "table" and rawequal(old, value)) then -- the same table: appended to
				table.insert(assignments, { file = file, host = host, option = option })
			end
			return set(config, host, option, value)
		end)
		break
	end
end

local function checked()
	local printed, original_print = {}, print
	print = function (...) -- luacheck: ignore 121
		printed[#printed + 1] = table.concat({ ... }, "\t")
	end
	local ok, status = pcall(check, { "config" })
	print = original_print -- luacheck: ignore 121
	return { status = ok and status or tostring(status), output = table.concat(printed, "\n") }
end

local function describe(tree)
	assignments = {}
	local ok, _, problems = configmanager.load(trees .. "/" .. tree .. "/prosody.cfg.lua")
	if not ok then return { error = tostring(problems) } end
	local hosts, modules, listed = {}, {}, {}
	for host, options in pairs(configmanager.getconfig()) do
		hosts[host] = {}
		for option, value in pairs(options) do hosts[host][option] = value end
		listed[host] = array(rawget(options, "modules_enabled") or {})
		if host ~= "*" then
			modules[host] = array.collect((modulemanager.get_modules_for_host(host)):items())
		end
	end
	return {
		warnings = array(problems), hosts = hosts, modules = modules, listed = listed,
		assignments = array(assignments), check = checked(),
	}
end

local result = { trees = {}, installed = {} }
for tree in lfs.dir(trees) do
	if not tree:match("^%.") then result.trees[tree] = describe(tree) end
end
for file in lfs.dir(module_directory) do
	local name = file:match("^mod_([%w_]+)%.lua$") or file:match("^mod_([%w_]+)$")
	local path = module_directory .. file
	if name and (lfs.attributes(path, "mode") == "file" or lfs.attributes(path .. "/mod_" .. name .. ".lua")) then
		table.insert(result.installed, name)
	end
end
io.stdout:write(json.encode(result), "\n")
