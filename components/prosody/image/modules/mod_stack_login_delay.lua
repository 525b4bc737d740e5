-- Makes guessing passwords slow, and nothing else: after some failed logins each further try waits before it is looked
-- at, right or wrong, twice as long after each further failure. Counted are the failures of an account from an address,
-- and those of an address with any accounts. Who comes to that account from elsewhere does not wait: nobody is locked out.
--     stack_login_delay = {            read at each attempt
--         failures_per_account = 5;    failures that cost nothing, of one account from one address
--         failures_per_address = 20;   of one address
--         max_delay = 15;              seconds
--         forget_after = 900;          seconds without another failure
--         shared = { "172.30.10.1" };  addresses that anybody may come with: only accounts are counted
--     }
--
-- Attempts of one address queue up, however many connections they come by; one that would have to wait for too long is
-- refused at once (temporary-auth-failure). Waiting stops one stream, not the server.
local async = require "prosody.util.async";
local base64 = require "prosody.util.encodings".base64;
local cache = require "prosody.util.cache";
local nodeprep = require "prosody.util.encodings".stringprep.nodeprep;
local st = require "prosody.util.stanza";
local time = require "prosody.util.time".now;
local addresses = module:require "stack_addresses";
local measures = module:require "stack_measures";

local patience = 45; -- seconds; streams that have not logged in are closed after a minute
local size = 20000; -- the least recently used are forgotten first

-- All hosts of the service count together. [key] = { failures, last, ready }
local counts = module:shared("/*/stack_login_delay/counts");
local database = module:shared("/*/stack_database/state");
counts.cache = counts.cache or cache.new(size);

local delays = measures.counter("login_delays", "",
	"Attempts to log in that had to wait, or would have had to wait for too long",
	{ "host"; "outcome" });
local waited, refused = delays:with_labels(module.host, "waited"), delays:with_labels(module.host, "refused");
waited:add(0);
refused:add(0);

local function options()
	return module:get_option("stack_login_delay", {});
end

local function address_key(session)
	return not addresses.is_shared(session.ip, options().shared) and addresses.key(session.ip) or nil;
end

local function account_key(session, username)
	local address = username and addresses.key(session.ip);
	return address and address.." "..username.."@"..module.host;
end

local function count_of(key, now)
	local count = counts.cache:get(key);
	if count and now - count.last > (options().forget_after or 900) then
		counts.cache:set(key, nil);
		return nil;
	end
	return count;
end

-- How long an attempt has to wait that counts for these; with that it has its place in the queue, unless that is too long.
local function wait_of(by_address, by_account, now)
	local limits = {};
	if by_address then
		limits[by_address] = options().failures_per_address or 20;
	end
	if by_account then
		limits[by_account] = options().failures_per_account or 5;
	end
	local wait, queues = 0, {};
	for key, limit in pairs(limits) do
		local count = count_of(key, now);
		if count and count.failures >= limit then
			local delay = math.min(2 ^ math.min(count.failures - limit, 16), options().max_delay or 15);
			local ready = math.max(now, count.ready or 0) + delay;
			wait = math.max(wait, ready - now);
			queues[count] = ready;
		end
	end
	if wait <= patience then
		for count, ready in pairs(queues) do
			count.ready = ready;
		end
	end
	return wait;
end

-- Whom a message names that has the secret in it: PLAIN (RFC 4616), FAST's tokens (XEP-0484).
local function username_in(message)
	local text = base64.decode(message);
	local name = text and (text:match("^[^%z]*%z([^%z]+)%z") or text:match("^([^%z]+)%z"));
	return name and nodeprep(name);
end

local function refuse(session, namespace, text)
	session.sasl_handler = session.sasl_handler and session.sasl_handler:clean_clone();
	session.send(st.stanza("failure", { xmlns = namespace })
		:tag("temporary-auth-failure", { xmlns = "urn:ietf:params:xml:ns:xmpp-sasl" }):up()
		:text_tag("text", text));
	return true;
end

local function delay(session, username, namespace)
	local by_address = not session.stack_login_waited and address_key(session) or nil;
	local wait = wait_of(by_address, account_key(session, username), time());
	if wait == 0 then
		return nil;
	elseif wait > patience or not async.ready() then
		session.log("info", "Login of %s from %s refused after failed ones", username or "?", session.ip);
		refused:add(1);
		return refuse(session, namespace, "Too many failed logins, try again later");
	end
	session.log("info", "Login of %s from %s delayed by %d s after failed ones", username or "?", session.ip, math.ceil(wait));
	session.stack_login_waited = true;
	waited:add(1);
	async.sleep(wait);
	return session.destroyed; -- it may have gone meanwhile
end

local function begin(session, mechanism, message, namespace)
	if session.type == "c2s_unauthed" then
		if database.away then
			-- Clients would be told that the password is wrong, and forget it.
			module:fire_event("stack-login-unavailable", { session = session });
			return refuse(session, namespace, "The database is away, try again later");
		end
		session.stack_login_waited = nil;
		-- SCRAM's first message (RFC 5802) names somebody, and is answered at once where that is nobody.
		local guess = message and not tostring(mechanism):find("^SCRAM%-");
		return delay(session, guess and username_in(message) or nil, namespace);
	end
end

-- Here SCRAM has its proof. Who has come as far as this before there were failures waits now.
local function continue(session, message, namespace)
	local handler = session.sasl_handler;
	if session.type == "c2s_unauthed" and handler and handler.selected then
		return delay(session, handler.username or message and username_in(message), namespace);
	end
end

local sasl, sasl2 = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2";
local first = 1000; -- before what looks at passwords

module:hook("stanza/"..sasl..":auth", function (event)
	return begin(event.origin, event.stanza.attr.mechanism, event.stanza[1], sasl);
end, first);

module:hook("stanza/"..sasl..":response", function (event)
	return continue(event.origin, event.stanza[1], sasl);
end, first);

module:hook("stanza/"..sasl2..":authenticate", function (event)
	return begin(event.origin, event.stanza.attr.mechanism, event.stanza:get_child_text("initial-response"), sasl2);
end, first);

module:hook("stanza/"..sasl2..":response", function (event)
	return continue(event.origin, event.stanza:get_text(), sasl2);
end, first);

local function count_failure(key, now)
	if key then
		local count = count_of(key, now) or { failures = 0 };
		count.failures, count.last = count.failures + 1, now;
		counts.cache:set(key, count);
	end
end

module:hook("authentication-failure", function (event)
	local condition = event.condition or event.message; -- RFC 6120's SASL, SASL2
	if condition ~= "not-authorized" then
		return; -- nothing was guessed
	elseif database.away then
		-- Nobody knows whether it was right: the one who finds out that the database is away.
		local key = event.condition and "condition" or "message";
		event[key] = "temporary-auth-failure";
		return;
	end
	local session, now = event.session, time();
	local username = session.sasl_handler and session.sasl_handler.username;
	count_failure(address_key(session), now);
	count_failure(account_key(session, username), now);
end);

-- The address keeps its count: else whoever has an account could forget the failures with others.
module:hook("authentication-success", function (event)
	local key = account_key(event.session, event.session.username);
	if key then
		counts.cache:set(key, nil);
	end
end);
