-- Hosts: every domain with its rooms (XEP-0045) and publish-subscribe (XEP-0060), and with uploads (XEP-0363) and a
-- bytestream proxy (XEP-0065) where clients can reach them; who administers them, and whom to write to about them
-- (XEP-0157).
-- No other file creates hosts but 07-interfaces/components (XEP-0114) and 08-integration/webhooks.
--
-- Options: admins contact_info parent_host disco_items modules_enabled modules_disabled stack_admins stack_canary
--   http_host c2s_direct_tls_host s2s_direct_tls_host

local stack = Lua.load(FileContents("../settings.lua"))()
local to_ascii = Lua.require "prosody.util.encodings".idna.to_ascii

local function is_subdomain(host, domain)
	return host:match("^[^.]+%.(.+)$") == domain
end

for _, domain in Lua.ipairs(stack.domains) do
	local components = {
		{ host = domain.rooms; module = "muc" };
		{ host = domain.pubsub; module = "pubsub" };
	}
	if domain.upload then
		components[#components + 1] = { host = domain.upload; module = "http_file_share" }
	end
	if domain.proxy then
		components[#components + 1] = { host = domain.proxy; module = "proxy65" }
	end
	local admins_of_domain, accounts, elsewhere = {}, {}, {}
	for i, admin in Lua.ipairs(domain.admins) do
		admins_of_domain[i] = admin.username .. "@" .. domain.name
		accounts[i] = { username = admin.username; password = FileLine("../secrets/" .. admin.secret) }
	end
	for _, component in Lua.ipairs(components) do
		-- Clients find direct subdomains by themselves.
		if not is_subdomain(component.host, domain.name) then
			elsewhere[#elsewhere + 1] = { component.host }
		end
	end

	local function open(host)
		modules_enabled = stack.modules.add[host] or {}
		modules_disabled = stack.modules.remove[host] or {}
		contact_info = domain.contact
		-- Clients send a domain's ASCII form in TLS and HTTP, Prosody would look for its Unicode form.
		local ascii = to_ascii(host)
		if ascii ~= host then
			http_host = ascii
			c2s_direct_tls_host = ascii
			s2s_direct_tls_host = ascii
		end
	end

	VirtualHost (domain.name)
	open(domain.name)
	disco_items = elsewhere
	if stack.ldap then
		admins = admins_of_domain -- accounts of a directory are not ours to create
	else
		-- Their role is stored with the account. Without any the module is there too: it takes the role back.
		modules_enabled { "stack_admins" }
		stack_admins = accounts
		if domain.canary then
			modules_enabled { "stack_canary" }
			stack_canary = { username = domain.canary.username; password = FileLine("../secrets/" .. domain.canary.secret) }
		end
	end

	for _, component in Lua.ipairs(components) do
		Component (component.host) (component.module)
		open(component.host)
		admins = admins_of_domain
		parent_host = domain.name -- its users are this component's own, whatever the component is called
	end
end
