-- luacheck for the Lua of this project: Prosody's configuration and Prosody modules.

std = "lua54"
max_line_length = 125
exclude_files = { "node_modules", "**/node_modules" }

-- A configuration file sets options by assigning to globals, and may read nothing but Prosody's own words and those options.
files["config-templates/prosody/**/*.cfg.lua"] = {
	std = {
		read_globals = {
			VirtualHost = {}, Component = {}, Include = {},
			FileContents = {}, FileLine = {}, FileLines = {}, Credential = {},
			Lua = { other_fields = true },
			-- appended to by calling them
			modules_enabled = {}, modules_disabled = {}, disable_sasl_mechanisms = {},
		},
	},
	allow_defined = true, -- every other global that is assigned in a file is an option of Prosody's
	ignore = {
		"131", -- an option is set here and read by Prosody
	},
	globals = { "modules_enabled", "modules_disabled", "disable_sasl_mechanisms" },
}

local module_files = { std = "lua54", read_globals = { "prosody" }, globals = { "module" } }
files["components/**/modules/**/*.lua"] = module_files
files["components/**/modules/*.lua"] = module_files
