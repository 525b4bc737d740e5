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
local measures = module:require "stack_measures";
local resourceprep = require "prosody.util.encodings".stringprep.resourceprep;

local administrators = { ["prosody:admin"] = true; ["prosody:operator"] = true };

local refusals = measures.counter("refused_sessions", "", "Sessions that were refused, by the limit that was reached",
	{ "host"; "limit" });
for _, limit in ipairs { "account"; "address"; "total" } do
	refusals:with_labels(module.host, limit):add(0);
end

-- Of all hosts of the service: how many there are, and of each address.
local counts = module:shared("/*/stack_session_limits/counts");
counts.total = counts.total or 0;
counts.of_address = counts.of_address or {};

local function change(session, by)
	-- The address that it was counted for: another one may have resumed it.
	local address = session.stack_counted_for;
	counts.total = counts.total + by;
	if address then
		local number = (counts.of_address[address] or 0) + by;
		counts.of_address[address] = number > 0 and number or nil;
	end
end

local function add(session)
	if not session.stack_counted then
		session.stack_counted, session.stack_counted_for = true, addresses.key(session.ip);
		change(session, 1);
	end
end

local function remove(session)
	if session.stack_counted then
		session.stack_counted = nil;
		change(session, -1);
	end
end

local function count(sessions)
	local number = 0;
	for _ in pairs(sessions) do
		number = number + 1;
	end
	return number;
end

local function refuse(event, limit, text)
	local session = event.session;
	refusals:with_labels(module.host, limit):add(1);
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
		return refuse(event, "account", "This account has as many sessions as it may");
	elseif administrators[session.role and session.role.name] then
		return nil;
	end
	local address = not addresses.is_shared(session.ip, limits.shared) and addresses.key(session.ip);
	if address and limits.per_address and (counts.of_address[address] or 0) >= limits.per_address then
		return refuse(event, "address", "Your address has as many sessions as it may");
	elseif limits.total and counts.total >= limits.total then
		return refuse(event, "total", "This service has as many sessions as it may");
	end
end);

module:hook("resource-bind", function (event)
	add(event.session);
end);

module:hook("resource-unbind", function (event)
	remove(event.session);
end);

-- Those of before, where it is loaded later than they came; one that was counted already has a mark.
for _, user in pairs(prosody.hosts[module.host].sessions or {}) do
	for _, session in pairs(user.sessions) do
		add(session);
	end
end
