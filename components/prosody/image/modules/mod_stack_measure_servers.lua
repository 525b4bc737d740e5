-- Counts connections with other servers by whether the two came to trust each other, and measures what waits for one.
module:set_global();

local measures = module:require "stack_measures";

local connections = measures.counter("server_connections", "", "Connections with other servers by how they began",
	{ "host"; "direction"; "result" });
local queued = measures.gauge("server_queued_stanzas", "", "Stanzas that wait for a connection", { "host" });

local function count(host, direction, result, by)
	if prosody.hosts[host] then
		connections:with_labels(host, direction, result):add(by);
	end
end

local function add_host(host)
	for _, direction in ipairs { "in"; "out" } do
		for _, result in ipairs { "established"; "failed" } do
			count(host, direction, result, 0);
		end
	end
end

measures.each_host(add_host);

module:hook("s2sout-established", function (event)
	count(event.session.from_host, "out", "established", 1);
end);

module:hook("s2sin-established", function (event)
	count(event.session.to_host, "in", "established", 1);
end);

module:hook("s2s-destroyed", function (event)
	local session = event.session;
	if session.type == "s2sout_unauthed" then
		count(session.from_host, "out", "failed", 1);
	elseif session.type == "s2sin_unauthed" and session.from_host then
		-- Who does not say which server it is, is a probe (the stack's own comes each minute) or a scanner.
		count(session.to_host, "in", "failed", 1);
	end
end);

module:hook("stats-update", function ()
	for host, host_session in pairs(prosody.hosts) do
		local waiting = 0;
		for _, session in pairs(host_session.s2sout or {}) do
			waiting = waiting + (session.sendq and session.sendq.count() or 0);
		end
		queued:with_labels(host):set(waiting);
	end
end);
