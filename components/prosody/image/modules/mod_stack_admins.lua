-- Makes the administrators' accounts of a host at the first start, and whenever the configuration names a new one.
--
--     stack_admins = { { username = "admin", password = FileLine("secrets/…") } }
--
-- The password is the first one only: an account that exists keeps its own. An account that is no longer named keeps
-- its role, which may have been given to it by hand: `prosodyctl shell user set_role JID HOST prosody:registered`.
local usermanager = require "prosody.core.usermanager";
local nodeprep = require "prosody.util.encodings".stringprep.nodeprep;

local host = module.host;
local accounts = module:open_store("accounts");
local admin_roles = { ["prosody:admin"] = true; ["prosody:operator"] = true };

local function ensure_account(username, password)
	if usermanager.user_exists(username, host) then
		return true;
	end
	-- user_exists() does not tell "no such account" from "the database did not answer", and creating an account again
	-- would replace its password.
	local _, problem = accounts:get(username);
	if problem then
		return nil, problem;
	end
	-- With its password at once: create_user_with_role() makes a disabled account first, which would stay like that if
	-- Prosody died in between. The role is given to any account that lacks it.
	return usermanager.create_user(username, password, host);
end

local function ensure_role(username)
	local role, problem = usermanager.get_user_role(username, host);
	if role and admin_roles[role.name] then
		return true;
	elseif not role and problem then
		return nil, problem;
	end
	return usermanager.set_user_role(username, host, "prosody:admin");
end

local function ensure_admins()
	for _, admin in ipairs(module:get_option("stack_admins", {})) do
		local username = nodeprep(admin.username);
		if not username or username == "" or type(admin.password) ~= "string" or admin.password == "" then
			module:log("error", "stack_admins: %q lacks a valid username or a password", tostring(admin.username));
		else
			local ok, problem = ensure_account(username, admin.password);
			if ok then
				ok, problem = ensure_role(username);
			end
			if not ok then
				module:log("error", "%s@%s could not be made an administrator: %s", username, host, problem);
			end
		end
	end
end

module:hook_global("config-reloaded", ensure_admins);
ensure_admins();
