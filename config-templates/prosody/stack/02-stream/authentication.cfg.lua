-- Authentication: SASL (RFC 6120 section 6, RFC 5802, RFC 7677) with channel binding (RFC 9266, XEP-0440), and its successor
-- SASL2 (XEP-0388) with Bind 2 (XEP-0386) and fast re-login (XEP-0484). 08-integration/ldap changes the backend.
--
-- Options: authentication password_policy password_hash default_iteration_count allow_unencrypted_plain_auth log_auth_ips
--   sasl2_fast_token_ttl sasl2_fast_token_min_ttl stack_login_delay

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"saslauth";
		"account_activity"; -- when an account was last used, for finding abandoned ones
		"log_auth"; -- failed logins with their address
	};
	security = {
		"password_policy"; -- for passwords that users choose
		"sasl_ssdp"; -- XEP-0474: a man in the middle cannot take mechanisms off the list unnoticed
	};
	beta = {
		"sasl2"; -- XEP-0388
		"sasl2_bind2"; -- XEP-0386
		"sasl2_sm"; -- XEP-0198 within SASL2
		"sasl2_fast"; -- XEP-0484
	};
})

modules_enabled { "stack_login_delay" }
stack_login_delay = stack.logins

password_policy = { length = stack.passwords.min_length }

authentication = "internal_hashed"
password_hash = "SHA-256" -- SCRAM-SHA-256; fixed for an account when its password is set
default_iteration_count = 10000
allow_unencrypted_plain_auth = false
log_auth_ips = "failure"

sasl2_fast_token_ttl = 21 * 86400 -- seconds
sasl2_fast_token_min_ttl = 86400
