-- Bounces a message that should have been archived and could not be, instead of delivering it: who sent it learns that it
-- is to be sent again (resource-constraint, to be retried: RFC 6120 §8.3.3.18), and no archive has a hole that nobody
-- knows of. Prosody alone logs an error and delivers.
--
-- For a virtual host and for a component with rooms. mod_stack_database counts the transactions that failed.
local jid_bare = require "prosody.util.jid".bare;
local st = require "prosody.util.stanza";

local measures = module:require "stack_measures";

local xmlns_sid = "urn:xmpp:sid:0";
local reason = "The message could not be archived, try again later";

local state = module:shared("/*/stack_database/state");

local bounced = measures.counter("unarchived_messages", "", "Messages that were bounced, for they could not be archived",
	{ "host" }):with_labels(module.host);
bounced:add(0);

local function failures()
	return state.failures or 0;
end

local function is_archived(stanza, by)
	return stanza:get_child_with_attr("stanza-id", xmlns_sid, "by", by) ~= nil;
end

local function is_for_archive(origin, stanza)
	return stanza.attr.type ~= "error" and module:fire_event("archive-should-store", { stanza = stanza; session = origin });
end

local function bounce(origin, stanza)
	module:log("warn", "Bounced, for it could not be archived: %s", stanza:top_tag());
	bounced:add(1);
	origin.send(st.error_reply(stanza, "wait", "resource-constraint", reason));
	return true;
end

-- Before others look up in the database who the recipient knows, and take everybody for a stranger.
local function while_away(event)
	if state.away and is_for_archive(event.origin, event.stanza) then
		return bounce(event.origin, event.stanza);
	end
end

-- mod_mam archives at priority 0, which is between these two.
local function before_archiving(event)
	event.stack_failures = failures();
end

local function after_archiving(archive_of)
	return function (event)
		local origin, stanza = event.origin, event.stanza;
		if failures() == event.stack_failures or is_archived(stanza, archive_of(event)) then
			return;
		end
		if is_for_archive(origin, stanza) then
			return bounce(origin, stanza);
		end
	end
end

local after_archiving_sent = after_archiving(function (event)
	return jid_bare(event.origin.full_jid);
end);
local after_archiving_received = after_archiving(function (event)
	return jid_bare(event.stanza.attr.to or event.stanza.attr.from);
end);

for _, kind in ipairs { "bare", "full" } do
	module:hook("pre-message/" .. kind, while_away, 1000);
	module:hook("pre-message/" .. kind, before_archiving, 0.1);
	module:hook("pre-message/" .. kind, after_archiving_sent, -0.1);
	module:hook("message/" .. kind, while_away, 1000);
	module:hook("message/" .. kind, before_archiving, 0.1);
	module:hook("message/" .. kind, after_archiving_received, -0.1);
end

-- A room archives while it broadcasts, and by then the stanza says neither who sent it nor how to reach them.
local groupchat;
module:hook("muc-occupant-groupchat", function (event)
	groupchat = { origin = event.origin; stanza = event.stanza; from = event.stanza.attr.from; failures = failures() };
end, -1000);

module:hook("muc-broadcast-message", function (event)
	local sent, room, stanza = groupchat, event.room, event.stanza;
	groupchat = nil;
	if not sent or sent.stanza ~= stanza or sent.failures == failures() or is_archived(stanza, room.jid) then
		return;
	end
	if module:fire_event("muc-message-is-historic", { room = room; stanza = stanza }) then
		local original = st.clone(stanza);
		original.attr.from = sent.from;
		return bounce(sent.origin, original);
	end
end, -0.1);
