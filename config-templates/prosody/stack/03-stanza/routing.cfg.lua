-- Routing: finding the other server. RFC 6120 section 3.2; XEP-0199 (ping). Delivery itself is built in.
--
-- Options: unbound

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"ping"; -- XEP-0199
	};
})

-- The resolver's own default would ask the root servers, past the platform's DNS and /etc/hosts.
unbound = { resolvconf = true; hoststxt = true }
if stack.storage.driver ~= "SQLite3" then
	-- In seconds. A database whose container is started again has its name back at once, perhaps with another address; the
	-- resolver would remember for an hour that there was none.
	unbound.options = { ["cache-max-negative-ttl:"] = "1"; ["cache-max-ttl:"] = "60" }
end

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	modules_enabled(modules.select {
		core = {
			"ping"; -- components inherit next to nothing, and clients ping rooms through their service (XEP-0410)
		};
	})
end
