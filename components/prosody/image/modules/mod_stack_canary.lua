-- Makes the account by which the stack looks at itself: what it leaves before a backup is looked for in what is restored.
--
--     stack_canary = { username = "stack-canary", password = FileLine("secrets/…") }
--
-- It has no role that others have not. An account of somebody else's that has the name is left alone.
local usermanager = require "prosody.core.usermanager";

local host = module.host;
local made = module:open_store("stack_canary");

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
		return;
	else
		local done, problem = made:set(canary.username, { since = os.time() });
		if done then
			local change = exists and usermanager.set_password or usermanager.create_user;
			done, problem = change(canary.username, canary.password, host);
		end
		if not done then
			module:log("error", "%s@%s could not be made: %s", canary.username, host, problem);
		end
	end
end

module:hook_global("config-reloaded", ensure);
ensure();
