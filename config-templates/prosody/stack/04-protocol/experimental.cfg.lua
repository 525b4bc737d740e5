-- Experimental: modules whose protocol or code may still change. XEP-0425 (moderation), XEP-0502 (room activity), a
-- search for public rooms (the protocol of search.jabber.network, from which XEP-0433 came), push for the clients of Apple's
-- phones.
--
-- Options: none

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	beta = {
		"cloud_notify_extensions"; -- loads cloud_notify_encrypted, _filters and _priority_tag with it
	};
	alpha = {
		"ping_muc"; -- XEP-0410 from the server's side: notices that a room lost a user of ours
	};
})

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	modules_enabled(modules.select {
		beta = {
			"muc_moderation"; -- XEP-0425
		};
		alpha = {
			"muc_activity"; -- XEP-0502
			"muc_search"; -- its namespace is not that of XEP-0433
		};
	})
end
