-- Counts stanzas as they come in from connections and go out to them, by kind, host, and who is at the other end. What a
-- host sends to itself crosses no connection, and is not counted.
module:set_global();

local filters = require "prosody.util.filters";
local measures = module:require "stack_measures";

local kinds = { "message"; "presence"; "iq" };
local ends = { c2s = "client"; s2sin = "server"; s2sout = "server" };
local stanzas = measures.counter("stanzas", "", "Stanzas that came in from connections or went out to them",
	{ "host"; "peer"; "direction"; "kind" });

-- [direction][host][type of session][kind], found without making anything for a stanza that is counted
local counts = { ["in"] = {}; out = {} };

local function add_host(host)
	for direction, hosts in pairs(counts) do
		hosts[host] = {};
		for type, peer in pairs(ends) do
			if peer == "client" and prosody.hosts[host].type ~= "local" then
				goto next; -- nobody logs in to a component
			end
			hosts[host][type] = {};
			for _, kind in ipairs(kinds) do
				local count = stanzas:with_labels(host, peer, direction, kind);
				count:add(0);
				hosts[host][type][kind] = count;
			end
			::next::
		end
	end
end

measures.each_host(add_host);

local function counter(direction)
	local hosts = counts[direction];
	return function (stanza, session)
		local type = session.type;
		local of_host = hosts[type == "s2sin" and session.to_host or type == "s2sout" and session.from_host or session.host];
		local of_type = of_host and of_host[type];
		local count = of_type and of_type[stanza.name];
		if count then
			count:add(1);
		end
		return stanza;
	end
end

local came_in, went_out = counter("in"), counter("out");

local function watch(session)
	filters.add_filter(session, "stanzas/in", came_in);
	filters.add_filter(session, "stanzas/out", went_out);
end

filters.add_filter_hook(watch);
for _, session in pairs(prosody.full_sessions) do
	watch(session);
end

function module.unload()
	filters.remove_filter_hook(watch);
	for _, session in pairs(prosody.full_sessions) do
		filters.remove_filter(session, "stanzas/in", came_in);
		filters.remove_filter(session, "stanzas/out", went_out);
	end
end
