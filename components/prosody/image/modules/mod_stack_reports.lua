-- Tells a host's administrators of spam and abuse that users report (XEP-0377). mod_watch_spam_reports looks for
-- administrators when it is loaded, and so finds none at the first start, when they have no accounts yet.
--
--     stack_administrators = { "admin@one.example" }   read at each report
local jid_bare = require "prosody.util.jid".bare;
local st = require "prosody.util.stanza";

module:depends("spam_reporting");

-- Which messages it is about, as far as the reporter says so.
local function messages_in(report)
	local ids = {};
	for stanza_id in report:childtags("stanza-id", "urn:xmpp:sid:0") do
		ids[#ids + 1] = tostring(stanza_id.attr.id);
	end
	return #ids > 0 and " (messages in the archive: "..table.concat(ids, ", ")..")" or "";
end

local function tell(kind)
	return function (event)
		local text = ("%s reports %s for %s: %s%s"):format(jid_bare(event.stanza.attr.from), event.jid, kind,
			event.reason or "no reason given", messages_in(event.report));
		for _, administrator in ipairs(module:get_option_array("stack_administrators", {})) do
			module:send(st.message({ from = module.host; to = administrator; type = "chat" }, text));
		end
	end
end

for _, kind in ipairs { "spam"; "abuse" } do
	module:hook("spam_reporting/"..kind.."-report", tell(kind));
end
