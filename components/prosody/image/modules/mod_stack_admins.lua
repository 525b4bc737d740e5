-- Makes the administrators' accounts of a host at the first start, and whenever the configuration names a new one.
--
--     stack_admins = { { username = "admin", password = FileLine("secrets/…") } }
--
-- The password is the first one only: an account that exists keeps its own. An account that is no longer named keeps
-- existing and loses the role if it got it here; a role that was given by hand stays.
local usermanager = require "prosody.core.usermanager";
local nodeprep = require "prosody.util.encodings".stringprep.nodeprep;

local host = module.host;
local default_role = module:get_option_string("default_user_role", "prosody:registered");
local accounts = module:open_store("accounts");
-- One entry for the host: { [username] = true } for everybody whose role came from here.
local promotions = module:open_store("stack_admins");
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

-- Remembered before it is done: what is done and not remembered could never be undone.
local function remember(promoted, username, value)
	promoted[username] = value;
	return promotions:set(nil, next(promoted) and promoted or nil);
end

local function ensure_role(username, promoted)
	local role, problem = usermanager.get_user_role(username, host);
	if role and admin_roles[role.name] then
		return true;
	elseif not role and problem then
		return nil, problem;
	end
	local ok;
	ok, problem = remember(promoted, username, true);
	if not ok then
		return nil, problem;
	end
	return usermanager.set_user_role(username, host, "prosody:admin");
end

local function take_back_role(username, promoted)
	local role, problem = usermanager.get_user_role(username, host);
	if not role and problem then
		return nil, problem;
	end
	if role and role.name == "prosody:admin" then
		local ok;
		ok, problem = usermanager.set_user_role(username, host, default_role);
		if not ok then
			return nil, problem;
		end
		module:log("info", "%s@%s is no longer named as an administrator and has the role %s", username, host, default_role);
	end
	return remember(promoted, username, nil);
end

local function ensure_admins()
	local promoted, unreadable = promotions:get(nil);
	if unreadable then
		module:log("error", "Who was made an administrator cannot be read, so nobody is made one or less: %s", unreadable);
		return;
	end
	promoted = promoted or {};
	local named = {};
	for _, admin in ipairs(module:get_option("stack_admins", {})) do
		local username = nodeprep(admin.username);
		if username then
			named[username] = true; -- whatever else is wrong
		end
		if not username or username == "" or type(admin.password) ~= "string" or admin.password == "" then
			module:log("error", "stack_admins: %q lacks a valid username or a password", tostring(admin.username));
		else
			local ok, problem = ensure_account(username, admin.password);
			if ok then
				ok, problem = ensure_role(username, promoted);
			end
			if not ok then
				module:log("error", "%s@%s could not be made an administrator: %s", username, host, problem);
			end
		end
	end
	local others = {};
	for username in pairs(promoted) do
		if not named[username] then
			others[#others + 1] = username;
		end
	end
	for _, username in ipairs(others) do
		local ok, problem = take_back_role(username, promoted);
		if not ok then
			module:log("error", "%s@%s could not be made less than an administrator: %s", username, host, problem);
		end
	end
end

module:hook_global("config-reloaded", ensure_admins);
ensure_admins();
