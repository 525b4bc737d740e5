-- Extensions: push (XEP-0357), bookmarks (XEP-0402), profiles (XEP-0292), contact addresses (XEP-0157), calls through TURN
-- (XEP-0215), and accounts (XEP-0077; invitations XEP-0379, XEP-0401, XEP-0445).
-- Users may always change their password. New accounts: by an administrator only, also by invitation, or by anybody, who
-- may then have to be confirmed.
--
-- Options: push_notification_with_body push_notification_with_sender push_max_devices
--   registration_delete_grace_period user_tombstone_expiry
--   custom_roles stack_newcomers stack_registration_blocklists stack_administrators registration_watchers
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

if stack.registration.mode ~= "closed" then
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
	registration_invite_only = stack.registration.mode == "invite"
	invite_expiry = stack.registration.invite_expiry
	allow_user_invites = false
	registration_throttle_max = stack.registration.throttle_max
	registration_throttle_period = stack.registration.throttle_period
end

-- Whatever the registration: accounts of an earlier one may still be in that role.
modules_enabled { "stack_newcomers" }
stack_newcomers = stack.registration.confirm

modules_enabled { "stack_dnsbl" }
stack_registration_blocklists = stack.registration_blocklists

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

for _, domain in Lua.ipairs(stack.domains) do
	local administrators = {}
	for i, admin in Lua.ipairs(domain.admins) do
		administrators[i] = admin.username .. "@" .. domain.name
	end
	VirtualHost (domain.name)
	stack_administrators = administrators
	registration_watchers = administrators -- who has the role by the settings is not in Prosody's own option
	custom_roles = { { name = "stack:newcomer"; priority = 20; inherits = { "prosody:guest" } } }
end
