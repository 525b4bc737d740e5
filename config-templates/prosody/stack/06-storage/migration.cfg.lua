-- Migration: Prosody makes its tables and indexes itself and brings them up to date at start. Moving between backends is
-- prosody-migrator's work, with the service stopped; XEP-0227 is the format for moving to other servers.
--
-- Options: sql_manage_tables new_muc_storage_format

local stack = Lua.load(FileContents("../../settings.lua"))()

sql_manage_tables = true

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	new_muc_storage_format = true
end
