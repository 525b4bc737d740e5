-- Extensions: push (XEP-0357), bookmarks (XEP-0402), profiles (XEP-0292), contact addresses (XEP-0157), calls through TURN
-- (XEP-0215), and accounts (XEP-0077; invitations XEP-0379, XEP-0401, XEP-0445).
-- Users may always change their password. New accounts: by an administrator only, or also by invitation.
--
-- Options: push_notification_with_body push_notification_with_sender push_max_devices
--   registration_delete_grace_period user_tombstone_expiry
--   registration_invite_only invite_expiry allow_user_invites registration_throttle_max registration_throttle_period
--   turn_external_host turn_external_port turn_external_tcp turn_external_ttl turn_external_secret external_services
--   reload_modules

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"cloud_notify"; -- XEP-0357
		"bookmarks"; -- XEP-0402, and XEP-0048 kept in step with it
		"vcard4"; -- XEP-0292
		"server_contact_info"; -- XEP-0157
		"user_account_management"; -- XEP-0077: change the password, delete the account
		"tombstones"; -- a deleted account's name is not given to somebody else
	};
})

push_notification_with_body = false
push_notification_with_sender = false
push_max_devices = 5

registration_delete_grace_period = "7 days"
user_tombstone_expiry = "60 days"

if stack.registration == "invite" then
	modules_enabled(modules.select {
		core = {
			"register_ibr"; -- XEP-0077
			"register_limits";
			"invites";
			"invites_adhoc"; -- XEP-0401
			"invites_register"; -- XEP-0445
			"watchregistrations"; -- tells the administrators
		};
	})
	registration_invite_only = true
	invite_expiry = "1 week"
	allow_user_invites = false
	registration_throttle_max = 5
	registration_throttle_period = "1 hour"
end

if stack.turn then
	local secret = FileLine("../../secrets/" .. stack.turn.secret)

	modules_enabled(modules.select {
		core = {
			"turn_external"; -- XEP-0215 with passwords that last for `ttl`
			"external_services";
			"reload_modules"; -- both of them read the secret when they are loaded
		};
	})
	reload_modules = { "turn_external"; "external_services" }
	turn_external_host = stack.turn.host
	turn_external_port = stack.turn.port
	turn_external_tcp = true
	turn_external_ttl = stack.turn.ttl
	turn_external_secret = secret
	if stack.turn.tls_port then
		-- Not turn_external_tls_port: Prosody 13.0.1 offers that address without a password.
		local services = {}
		for i, transport in Lua.ipairs { "tcp"; "udp" } do
			services[i] = {
				type = "turns";
				transport = transport; -- TLS, DTLS
				host = stack.turn.host;
				port = stack.turn.tls_port;
				secret = secret;
				ttl = stack.turn.ttl;
			}
		end
		external_services = services
	end
end
