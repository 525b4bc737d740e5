-- Archiving: how long messages are kept, a user's (XEP-0313) and a room's. Said here because Prosody's default is a week.
--
-- Options: archive_expires_after max_archive_query_results dont_archive_namespaces
--   muc_log_expires_after muc_log_by_default muc_log_all_rooms muc_log_presences

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"cron"; -- runs the daily expiry of archives and uploads
	};
})

archive_expires_after = stack.archive.messages
max_archive_query_results = 50
dont_archive_namespaces = { "http://jabber.org/protocol/chatstates" } -- "is typing"

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	muc_log_expires_after = stack.archive.rooms
	muc_log_by_default = true
	muc_log_all_rooms = false -- a room's owner can switch its log off
	muc_log_presences = false
end
