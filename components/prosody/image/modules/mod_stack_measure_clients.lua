-- Measures who is there: sessions by how they came and whether their connection is gone (XEP-0198), accounts that have one,
-- and what waits for clients to say that they have it.
if module:get_host_type() ~= "local" then
	return;
end

local measures = module:require "stack_measures";

local ways = { "tcp"; "websocket"; "bosh" };
local states = { "connected"; "resumable" };

local sessions_of = measures.gauge("client_sessions", "", "Sessions of clients", { "host"; "way"; "state" });

local function of_this_host(name, meaning)
	return measures.gauge(name, "", meaning, { "host" }):with_labels(module.host);
end

local accounts = of_this_host("connected_accounts", "Accounts with a session");
local online = of_this_host("online_accounts", "Accounts that are available, by their presence");
local waiting = of_this_host("unacknowledged_stanzas", "Stanzas sent to clients that they have yet to acknowledge");

local function way_of(session)
	return session.bosh_version and "bosh" or session.websocket_request and "websocket" or "tcp";
end

module:hook_global("stats-update", function ()
	local numbers = { connected = {}; resumable = {} };
	local with_session, available, unacknowledged = 0, 0, 0;
	for _, user in pairs(prosody.hosts[module.host].sessions) do
		local is_available = false;
		for _, session in pairs(user.sessions) do
			local of_state = numbers[session.hibernating and "resumable" or "connected"];
			local way, queue = way_of(session), session.outgoing_stanza_queue;
			of_state[way] = (of_state[way] or 0) + 1;
			is_available = is_available or session.presence ~= nil;
			unacknowledged = unacknowledged + (queue and queue:count_unacked() or 0);
		end
		with_session = with_session + 1;
		available = available + (is_available and 1 or 0);
	end
	for _, state in ipairs(states) do
		for _, way in ipairs(ways) do
			sessions_of:with_labels(module.host, way, state):set(numbers[state][way] or 0);
		end
	end
	accounts:set(with_session);
	online:set(available);
	waiting:set(unacknowledged);
end);
