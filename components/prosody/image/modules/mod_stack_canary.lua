-- Makes the account by which the stack looks at itself: what it leaves before a backup is looked for in what is restored.
--
--     stack_canary = { username = "stack-canary", password = FileLine("secrets/…") }
--
-- It has no role that others have not. An account of somebody else's that has the name is left alone. What it writes to
-- people of this service, alerts with links in them, passes mod_firewall's rules against strangers.
local usermanager = require "prosody.core.usermanager";

local host = module.host;
local made = module:open_store("stack_canary");
local own_username; -- once it is known to be the stack's

local function ensure()
	local canary = module:get_option("stack_canary");
	if not canary then
		return;
	end
	local own, unreadable = made:get(canary.username);
	local exists = usermanager.user_exists(canary.username, host);
	if unreadable then
		module:log("error", "Whether %s@%s is the stack's own cannot be read: %s", canary.username, host, unreadable);
	elseif exists and not own then
		module:log("error", "%s@%s is somebody's account; drills will find nothing of it", canary.username, host);
	elseif exists and usermanager.test_password(canary.username, host, canary.password) then
		own_username = canary.username;
	else
		local done, problem = made:set(canary.username, { since = os.time() });
		if done then
			local change = exists and usermanager.set_password or usermanager.create_user;
			done, problem = change(canary.username, canary.password, host);
		end
		if not done then
			module:log("error", "%s@%s could not be made: %s", canary.username, host, problem);
		end
		own_username = done and canary.username or own_username;
	end
end

-- False is what a chain of mod_firewall returns where its rules say PASS.
local function pass(event)
	local origin = event.origin;
	if own_username and origin.type == "c2s" and origin.username == own_username and origin.host == host then
		return false;
	end
end

-- Its messages are looked at by the host that they are for.
local function watch(name)
	local other = prosody.hosts[name];
	if other and other.type == "local" then
		module:hook_object_event(other.events, "firewall/chains/user/spam_check_custom", pass, 10);
	end
end

for name in pairs(prosody.hosts) do
	watch(name);
end
module:hook_global("host-activated", watch);

module:hook_global("config-reloaded", ensure);
ensure();
