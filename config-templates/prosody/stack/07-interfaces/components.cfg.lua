-- Components: the proxy for file transfers between clients (XEP-0065), and programs of others that serve a host of their
-- own, such as gateways (XEP-0114).
--
-- Options: proxy65_address proxy65_acl component_ports component_interfaces component_secret component_conflict_resolve

local stack = Lua.load(FileContents("../../settings.lua"))()
local to_ascii = Lua.require "prosody.util.encodings".idna.to_ascii

if #stack.components > 0 then
	component_ports = { 5347 }
	-- Gateways run in containers of their own. The port is not published; the secret is what lets them in.
	component_interfaces = stack.use_ipv6 and { "*"; "::" } or { "*" }
	component_conflict_resolve = "kick_old" -- one that lost its connection can come back at once
end

for _, domain in Lua.ipairs(stack.domains) do
	if domain.proxy then
		Component (domain.proxy) "proxy65"
		name = "File transfer proxy"
		proxy65_address = to_ascii(domain.proxy)
		proxy65_acl = { domain.name }
	end
end

for _, component in Lua.ipairs(stack.components) do
	Component (component.host)
	modules_enabled = stack.modules.add[component.host] or {}
	modules_disabled = stack.modules.remove[component.host] or {}
	component_secret = FileLine("../../secrets/" .. component.secret)
end
