-- Policy "security": stricter than the layers, at some cost in comfort or compatibility.
-- No password crosses the wire (clients have to know SCRAM-SHA-256), the service does not say what software it is, and
-- logins leave a trace.
--
-- Options: disable_sasl_mechanisms default_iteration_count password_policy log_auth_ips c2s_timeout
--   modules_disabled

local stack = Lua.load(FileContents("../settings.lua"))()

disable_sasl_mechanisms = { "DIGEST-MD5"; "LOGIN" }
if not (stack.ldap and stack.ldap.mode == "bind") then -- which has no other way than PLAIN
	disable_sasl_mechanisms { "PLAIN" }
end
if not stack.oauth then
	disable_sasl_mechanisms { "OAUTHBEARER" }
end

default_iteration_count = 50000 -- for passwords set from now on; the client does the work

password_policy = { length = Lua.math.max(12, stack.passwords.min_length) }

log_auth_ips = "all"
c2s_timeout = "1 minute" -- an idle connection that never logs in

modules_disabled {
	"version"; -- XEP-0092
	"uptime"; -- XEP-0012
}
