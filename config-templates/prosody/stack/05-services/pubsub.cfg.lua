-- Publish-subscribe: each account's own nodes (XEP-0163: avatars XEP-0084, private data XEP-0223, OMEMO keys) and a service
-- for shared ones (XEP-0060).
--
-- Options: pep_max_items name pubsub_max_items autocreate_on_publish autocreate_on_subscribe default_admin_affiliation
--   expose_publisher

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"pep"; -- XEP-0163
	};
})

pep_max_items = 256

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.pubsub) "pubsub"
	name = "Publish-subscribe"
	pubsub_max_items = 256
	autocreate_on_publish = true
	autocreate_on_subscribe = false
	default_admin_affiliation = "owner"
	expose_publisher = false
end
