-- Accounts that register without an invitation may start in a role of their own, "stack:newcomer", and stay in it until an
-- administrator gives them another one (prosodyctl shell user set_role): they reach nobody but themselves, the host,
-- its administrators, and those people of the host who have them in their contact list.
--
--     stack_newcomers = true                          whether new accounts start like that; read at each registration
--     stack_administrators = { "admin@one.example" }  whom they may write to; read at each stanza of theirs
--
-- Rooms and uploads are elsewhere: Prosody's own permissions do not tell one user of a host from another there.
local jid = require "prosody.util.jid";
local rostermanager = require "prosody.core.rostermanager";
local st = require "prosody.util.stanza";

local role = "stack:newcomer";

module:hook("user-registering", function (event)
	local invitation = event.validated_invite or event.session and event.session.validated_invite;
	if module:get_option_boolean("stack_newcomers", false) and not invitation then
		event.role = role;
	end
end, -10); -- after those who refuse

local function is_administrator(address)
	for _, administrator in ipairs(module:get_option_array("stack_administrators", {})) do
		if jid.prep(administrator) == address then
			return true;
		end
	end
	return false;
end

local function may_write(session, to)
	local node, host = jid.split(to);
	if host ~= module.host then
		return false;
	end
	return not node or node == session.username or is_administrator(node.."@"..host)
		or rostermanager.is_contact_subscribed(node, host, session.username.."@"..host)
		or rostermanager.is_user_subscribed(node, host, session.username.."@"..host)
		or rostermanager.is_contact_pending_out(node, host, session.username.."@"..host); -- who has asked for it
end

local function on_stanza(event)
	local session, stanza = event.origin, event.stanza;
	if not session.role or session.role.name ~= role then
		return nil;
	end
	local kind = stanza.attr.type;
	local answer = stanza.name == "iq" and (kind == "error" or kind == "result");
	if not stanza.attr.to or may_write(session, stanza.attr.to) or answer then
		return nil;
	elseif kind == "error" then
		return true; -- nobody is told of an error about an error
	end
	session.send(st.error_reply(stanza, "auth", "forbidden", "This account has yet to be confirmed by an administrator"));
	return true;
end

for _, name in ipairs { "message"; "presence"; "iq" } do
	for _, address in ipairs { "bare"; "full"; "host" } do
		module:hook("pre-"..name.."/"..address, on_stanza, 1000);
	end
end
