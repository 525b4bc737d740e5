-- Refuses accounts to addresses that are on a DNS block list (RFC 5782), by IPv4 and IPv6; who has an invitation is not
-- looked up. mod_dnsbl knows IPv4 only, and marks the account when it is there already.
--
--     stack_registration_blocklists = { "dnsbl.example" }   read at each registration
--
-- A list that does not answer in time refuses nobody.
local adns = require "prosody.net.adns";
local async = require "prosody.util.async";
local ip = require "prosody.util.ip";

local patience = 5; -- seconds

-- The name that stands for an address on a list.
local function reversed(address)
	local packed = address.packed:gsub("^\0\0\0\0\0\0\0\0\0\0\255\255", ""); -- IPv4 in IPv6
	if #packed == 4 then
		return ("%d.%d.%d.%d"):format(packed:reverse():byte(1, 4));
	end
	local digits = packed:gsub(".", function (byte) return ("%02x"):format(byte:byte()); end);
	return (digits:reverse():gsub(".", "%0."):sub(1, -2));
end

-- 127.255.255.0/24 is how lists say that they do not answer this resolver, other addresses are a resolver's own invention.
local function is_entry(answer)
	for _, record in ipairs(answer or {}) do
		local a = tostring(record.a);
		if a:find("^127%.") and not a:find("^127%.255%.255%.") then
			return true;
		end
	end
	return false;
end

local function is_listed(name)
	local wait, done = async.waiter();
	local listed, settled = false, false;
	local function settle(answer)
		if not settled then
			settled, listed = true, is_entry(answer);
			done();
		end
	end
	local timeout = module:add_timer(patience, function ()
		module:log("warn", "No answer within %d s: %s", patience, name);
		settle();
	end);
	adns.lookup(settle, name, "A");
	wait();
	timeout:stop();
	return listed;
end

module:hook("user-registering", function (event)
	local invitation = event.validated_invite or event.session and event.session.validated_invite;
	local address = event.ip and ip.new_ip(event.ip);
	if not event.allowed or invitation or not address or not async.ready() then
		return;
	end
	for _, list in ipairs(module:get_option_array("stack_registration_blocklists", {})) do
		if is_listed(reversed(address).."."..list) then
			module:log("info", "No account for %s: %s is on %s", event.username, event.ip, list);
			event.allowed = false;
			event.error_type, event.error_condition = "auth", "forbidden";
			event.reason = ("Your address is on the block list %s"):format(list);
			return;
		end
	end
end, -5); -- after those who refuse without asking anybody
