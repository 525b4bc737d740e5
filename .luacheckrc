-- luacheck for the Lua of this project: Prosody's configuration, Prosody modules, our programs in the images.

std = "lua54"
max_line_length = 125
exclude_files = { "node_modules", "**/node_modules" }

-- A configuration file sets options by assigning to globals. It reads nothing but Prosody's own words; what it needs of Lua it
-- reaches through `Lua.`, or Prosody warns at each start.
files["**/*.cfg.lua"] = {
	std = {
		read_globals = {
			VirtualHost = {}, Component = {}, Include = {},
			FileContents = {}, FileLine = {}, FileLines = {}, Credential = {},
			Lua = { other_fields = true },
		},
		-- lists that are made in one file and appended to, by calling them, in others
		globals = { modules_enabled = {}, modules_disabled = {} },
	},
	allow_defined = true, -- any other global that a file assigns is an option
	ignore = { "131" }, -- and it is Prosody that reads it
}

-- Prosody gives modules these two.
local module_files = {
	read_globals = { prosody = { other_fields = true, fields = { hosts = { read_only = false, other_fields = true } } } },
	globals = { "module" },
}
files["components/**/modules/**/*.lua"] = module_files
files["components/**/modules/*.lua"] = module_files

files["test/config/probe.lua"] = { globals = { "CFG_SOURCEDIR", "CFG_PLUGINDIR", "CFG_DATADIR" } }
