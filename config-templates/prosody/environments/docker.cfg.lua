-- Platform "docker": containers of one machine share networks, and plain HTTP is for a front among them, for what measures
-- the service, or for nobody.
--
-- Options: http_interfaces

local stack = Lua.load(FileContents("../settings.lua"))()

if stack.front or stack.monitoring then
	http_interfaces = stack.use_ipv6 and { "*"; "::" } or { "*" }
else
	http_interfaces = stack.use_ipv6 and { "127.0.0.1"; "::1" } or { "127.0.0.1" }
end
