-- How many sessions there may be, of an account and in all: one more is refused its resource (resource-constraint). Sessions
-- that lost their connection and may be resumed count (XEP-0198); one that comes back to its resource is none more.
--
--     stack_session_limits = { per_account = 20; total = 500 }   read at each login
--
-- Administrators get in where the total is reached: who else could look after it.
local resourceprep = require "prosody.util.encodings".stringprep.resourceprep;

local administrators = { ["prosody:admin"] = true; ["prosody:operator"] = true };

local function count(sessions)
	local number = 0;
	for _ in pairs(sessions) do
		number = number + 1;
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
	elseif limits.total and count(prosody.full_sessions) >= limits.total then
		return refuse(event, "This service has as many sessions as it may");
	end
end);
