-- Senders in quarantine: for a time nothing of theirs reaches people who do not know them. Firewall scripts (firewall/*.pfw)
-- put them there with EVENT=stack-quarantine, and ask with JUMP CHAIN=user/quarantined.
--
--     stack_quarantine = 3600   seconds; read at each use
--
-- What a sender's contacts get is none of this module's business: the scripts ask for strangers only.
local cache = require "prosody.util.cache";
local jid_bare = require "prosody.util.jid".bare;
local st = require "prosody.util.stanza";
local time = require "prosody.util.time".now;

local size = 10000; -- who was put there first leaves it, when more come

-- All hosts of the service share it. [bare JID] = when it ends
local quarantine = module:shared("/*/stack_quarantine/senders");
quarantine.ends = quarantine.ends or cache.new(size);

module:hook("stack-quarantine", function (event)
	local sender = jid_bare(event.stanza.attr.from);
	local duration = module:get_option_number("stack_quarantine", 3600);
	if sender and duration > 0 then
		quarantine.ends:set(sender, time() + duration);
		module:log("info", "%s is in quarantine for %d s: too many messages to strangers", sender, duration);
	end
end);

module:hook("firewall/chains/user/quarantined", function (event)
	local origin, stanza = event.origin, event.stanza;
	local sender = jid_bare(stanza.attr.from);
	local ends = sender and quarantine.ends:get(sender);
	if not ends then
		return nil;
	elseif ends <= time() then
		quarantine.ends:set(sender, nil);
		return nil;
	end
	module:fire_event("stack-cut/quarantine", event);
	if stanza.name == "message" then -- an answer to presence would tell which accounts exist
		origin.send(st.error_reply(stanza, "modify", "policy-violation", "You have sent too much to people who do not know you"));
	end
	return true;
end);
