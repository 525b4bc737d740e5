-- How many sessions there may be, of an account, of an address and in all: one more is refused its resource
-- (resource-constraint). Sessions that lost their connection and may be resumed count (XEP-0198); one that comes back to its
-- resource is none more.
--
--     stack_session_limits = {          read at each login
--         per_account = 20;
--         per_address = 256;
--         total = 500;
--         shared = { "172.30.10.1" };   addresses that anybody may come with, and that have no limit
--     }
--
-- Administrators get in where one of the other two is reached: who else could look after it.
local addresses = module:require "stack_addresses";
local resourceprep = require "prosody.util.encodings".stringprep.resourceprep;

local administrators = { ["prosody:admin"] = true; ["prosody:operator"] = true };

local function count(sessions, address)
	local number = 0;
	for _, session in pairs(sessions) do
		if not address or addresses.key(session.ip) == address then
			number = number + 1;
		end
	end
	return number;
end

local function refuse(event, text)
	local session = event.session;
	session.log("info", "Session of %s@%s from %s refused: %s", session.username, session.host, session.ip, text);
	event.error = { type = "wait"; condition = "resource-constraint"; text = text };
	return false;
end

module:hook("pre-resource-bind", function (event)
	local session = event.session;
	local limits = module:get_option("stack_session_limits", {});
	local account = prosody.bare_sessions[session.username.."@"..session.host];
	local resource = event.resource and resourceprep(event.resource, true);
	if account and resource and account.sessions[resource] then
		return nil;
	elseif account and limits.per_account and count(account.sessions) >= limits.per_account then
		return refuse(event, "This account has as many sessions as it may");
	elseif administrators[session.role and session.role.name] then
		return nil;
	end
	local address = not addresses.is_shared(session.ip, limits.shared) and addresses.key(session.ip);
	if address and limits.per_address and count(prosody.full_sessions, address) >= limits.per_address then
		return refuse(event, "Your address has as many sessions as it may");
	elseif limits.total and count(prosody.full_sessions) >= limits.total then
		return refuse(event, "This service has as many sessions as it may");
	end
end);
