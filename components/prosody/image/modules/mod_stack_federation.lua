-- With which other servers the hosts of this one talk, and whose stanzas they take.
--
--     stack_federation = {                        read at each reload
--         blocked = { "spam.example"; "troll@example.net" };
--         mode = "open";                          or "allowlist", or "off"
--         allow = {};                             for "allowlist"
--         hosts = { ["one.example"] = { mode = "allowlist"; allow = { "partner.example" } } };   other rules for a host
--     }
--
-- A domain stands for its subdomains too: a server's rooms are at one. No stream is opened to who is refused, none is taken
-- from there, and the ones there are when that changes are closed. Of a blocked JID nothing is taken.
module:set_global();

local jid_bare = require "prosody.util.jid".bare;
local jid_host = require "prosody.util.jid".host;
local set = require "prosody.util.set";
local st = require "prosody.util.stanza";

local first = 1000000; -- before anything looks at it
local stanzas = { message = true; presence = true; iq = true };
local watched = {};
local blocked, everywhere, of_host;

local function read_rules()
	local options = module:get_option("stack_federation", {});
	local function rule(given)
		return { mode = given.mode or "open"; allow = set.new(given.allow or {}) };
	end
	blocked, everywhere, of_host = set.new(options.blocked or {}), rule(options), {};
	for host, given in pairs(options.hosts or {}) do
		of_host[host] = rule(given);
	end
end

local function has(domains, domain)
	repeat
		if domains:contains(domain) then
			return true;
		end
		domain = domain:match("%.(.+)$");
	until not domain;
	return false;
end

-- Why that host does not talk with that server; nil where it does.
local function refusal(host, remote)
	if not remote or prosody.hosts[remote] then
		return nil;
	end
	local rule = of_host[host] or everywhere;
	if has(blocked, remote) then
		return remote.." is blocked here";
	elseif rule.mode == "off" then
		return host.." does not talk with other servers";
	elseif rule.mode == "allowlist" and not has(rule.allow, remote) then
		return host.." talks with chosen servers only";
	end
end

local function close(session, reason)
	session.log("info", "Stream between %s and %s closed: %s", session.from_host, session.to_host, reason);
	session:close({ condition = "policy-violation"; text = reason });
end

local function on_stream(event)
	local session = event.origin;
	local reason = session.type == "s2sin_unauthed" and refusal(session.to_host, session.from_host);
	if reason then
		close(session, reason);
		event.features:tag("none"):up(); -- nobody is sent it: an empty list would be one more reason to close
		return true;
	end
end

-- Also names that a stream is used for besides the one that it was opened for.
local function on_authenticated(host)
	return function (event)
		local reason = refusal(host, event.host);
		if reason then
			close(event.session, reason);
			return false;
		end
	end
end

local function on_outgoing(event)
	local stanza = event.stanza;
	local reason = refusal(event.from_host, event.to_host);
	if not reason then
		return nil;
	end
	local kind = stanza.attr.type;
	if event.origin and event.origin.send and stanzas[stanza.name] and kind ~= "error" and kind ~= "result" then
		event.origin.send(st.error_reply(stanza, "cancel", "policy-violation", reason));
	end
	return true;
end

local function on_incoming(host)
	return function (event)
		local origin, stanza = event.origin, event.stanza;
		if origin.type ~= "s2sin" and origin.type ~= "s2sout" or origin.dummy then -- a failed stream's own errors
			return nil;
		end
		if refusal(host, jid_host(stanza.attr.from)) then
			return true;
		elseif blocked:contains(jid_bare(stanza.attr.from)) then
			if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" and stanza.name ~= "presence" then
				origin.send(st.error_reply(stanza, "cancel", "service-unavailable")); -- as XEP-0191 has it
			end
			return true;
		end
	end
end

local function watch(host)
	if watched[host] then
		return;
	end
	watched[host] = true;
	local context = module:context(host);
	context:hook("s2s-stream-features", on_stream, first);
	context:hook("s2s-authenticated", on_authenticated(host), first);
	context:hook("route/remote", on_outgoing, first);
	local incoming = on_incoming(host);
	for name in pairs(stanzas) do
		for _, address in ipairs { "bare"; "full"; "host" } do
			context:hook(name.."/"..address, incoming, first);
		end
	end
end

local function close_refused()
	local sessions = {};
	for session in pairs(prosody.incoming_s2s) do
		sessions[session] = refusal(session.to_host, session.from_host);
	end
	for host, host_session in pairs(prosody.hosts) do
		for remote, session in pairs(host_session.s2sout or {}) do
			sessions[session] = refusal(host, remote);
		end
	end
	for session, reason in pairs(sessions) do
		close(session, reason);
	end
end

module:hook("config-reloaded", function ()
	read_rules();
	close_refused();
end);
module:hook("host-activated", watch);
module:hook("host-deactivated", function (host)
	watched[host] = nil;
end);

read_rules();
for host in pairs(prosody.hosts) do
	watch(host);
end
