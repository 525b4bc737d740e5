-- Environment "development": room for experiments by hand, and errors that explain themselves.
--
-- Options: http_errors_detailed c2s_timeout smacks_hibernation_time log_auth_ips

local stack = Lua.load(FileContents("../settings.lua"))()
local chosen = {}
for _, policy in Lua.ipairs(stack.policies) do
	chosen[policy] = true
end

http_errors_detailed = true
c2s_timeout = "1 hour" -- a stream that is typed by hand
smacks_hibernation_time = "1 minute" -- lost sessions disappear while one is still looking
if not chosen.compliance then
	log_auth_ips = "all"
end
