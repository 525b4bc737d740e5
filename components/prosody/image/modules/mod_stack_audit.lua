-- The audit log: who logged in or tried to, and what was done to accounts, roles and invitations, by whom and from where. A
-- line of JSON for each, in files that are kept for a time of their own.
--
--     stack_audit = {             read at each use
--         keep = 7776000;         seconds, or nil for ever
--         shorten = true;         addresses are told as their /24 or /48
--     }
--
-- Fields: time, event, host, user (the account that it is about), by (who did it: a JID, or "shell" for somebody on the
-- machine), address, and what an event has of its own. No text of a message, no password and no token is ever among them.
module:set_global();

local json = require "prosody.util.json";
local jid_bare = require "prosody.util.jid".bare;
local logger = require "prosody.util.logger";
local now = require "prosody.util.time".now;
local addresses = module:require "stack_addresses";
local time_text = module:require "stack_json_time";
local storage = module:require "stack_audit_files";
local shell = module:require "stack_shell_lines";

local files = storage.new(prosody.paths.data.."/audit");
local actor; -- who a command is from that is being carried out
local pending; -- the same of the last one from the shell, some of which go on later, with the account that it named
local patience = 10; -- seconds
local failed = false;

local function options()
	return module:get_option("stack_audit", {});
end

local function address_of(session)
	local ip = session and session.ip;
	return ip and (options().shorten and addresses.shortened(ip) or ip);
end

local function is_pending(fields, time)
	return pending and fields.user and pending.jid == fields.user.."@"..fields.host and time - pending.time < patience;
end

local function record(event, fields)
	local time = now();
	if not fields.by and not actor and not fields.address and is_pending(fields, time) then
		fields.by = pending.by;
	end
	fields.time, fields.event = time_text(time), event;
	fields.by = fields.by or actor and actor.by;
	fields.address = fields.address or actor and actor.address;
	local written, problem = files:append(json.encode(fields), math.floor(time));
	if not written and not failed then
		module:log("error", "The audit log cannot be written: %s", problem);
	end
	failed = not written;
end

-- Whatever it leads to at once is by that one.
local function acting(by, address, action, ...)
	local before = actor;
	actor = { by = by; address = address };
	local results = table.pack(pcall(action, ...));
	actor = before;
	if not results[1] then
		error(results[2], 0);
	end
	return table.unpack(results, 2, results.n);
end

local function login(event, result)
	local session = event.session;
	local handler = session.sasl_handler;
	return {
		host = session.host; user = session.username or handler and handler.username; address = address_of(session);
		mechanism = handler and handler.selected; result = result;
	};
end

local function known_command(host, node)
	for _, kind in ipairs { "adhoc"; "adhoc-provider" } do
		for _, command in ipairs(module:context(host):get_host_items(kind)) do
			if command.node == node then
				return true;
			end
		end
	end
	return false;
end

-- An ad-hoc command (XEP-0050): each of its steps, for which of them does something is the command's own matter.
local function on_command(handlers, name, event)
	local origin, stanza = event.origin, event.stanza;
	local command = stanza.tags[1];
	if not command or not known_command(stanza.attr.to, command.attr.node) then
		return handlers(name, event);
	end
	local by, address = jid_bare(stanza.attr.from), address_of(origin);
	record("command", { host = stanza.attr.to; by = by; address = address; via = "ad-hoc"; command = command.attr.node;
		action = command.attr.action });
	return acting(by, address, handlers, name, event);
end

-- What is typed may have a password in it: only what it is called, and the address that comes first.
local function on_shell(handlers, name, event)
	local command, target = shell.read(event.stanza:get_text() or "");
	record("command", { via = "shell"; by = "shell"; command = command; ["for"] = target });
	pending = target and { by = "shell"; jid = target; time = now() };
	return acting("shell", nil, handlers, name, event);
end

module:wrap_event("admin/repl-input", on_shell);

function module.add_host(host_module)
	local host = host_module.host;

	host_module:wrap_event("iq-set/host/http://jabber.org/protocol/commands:command", on_command);

	host_module:hook("authentication-success", function (event)
		record("login", login(event, "success"));
	end);

	host_module:hook("authentication-failure", function (event)
		record("login", login(event, event.condition or event.message));
	end, -1000); -- after mod_stack_login_delay, which may have found another condition

	host_module:hook("invite-created", function (invite)
		record("invite-created", { host = host; type = invite.type; ["for"] = invite.jid; reusable = invite.reusable or nil });
	end);

	host_module:hook("user-registered", function (event)
		local invite = event.validated_invite or event.session and event.session.validated_invite;
		record("account-registered", { host = host; user = event.username; address = address_of(event.session);
			invited = invite ~= nil; inviter = invite and invite.inviter });
	end);

	host_module:hook("user-password-reset", function (event)
		record("password-reset-by-invite", { host = host; user = event.username; address = address_of(event.session) });
	end);
end

module:hook("user-password-changed", function (event)
	local session = event.resource and prosody.full_sessions[event.username.."@"..event.host.."/"..event.resource];
	record("password-changed", { host = event.host; user = event.username; address = address_of(session);
		by = session and event.username.."@"..event.host });
end);

for name, event_name in pairs {
	["user-deleted"] = "account-deleted"; ["user-enabled"] = "account-enabled"; ["user-disabled"] = "account-disabled";
} do
	module:hook(name, function (event)
		record(event_name, { host = event.host; user = event.username });
	end);
end

for _, change in ipairs { "changed"; "added"; "removed" } do
	module:hook("user-role-"..change, function (event)
		record("role-"..change, { host = event.host; user = event.username; role = event.role_name or event.role.name });
	end);
end

-- Prosody has no event for a new account but where people register.
local function on_line(source, _, format, username, host)
	if source == "usermanager" and format == "User account created: %s@%s" then
		record("account-created", { host = host; user = username });
	end
end

local function listen()
	logger.remove_sink(on_line);
	logger.add_level_sink("info", on_line);
end

module:hook("logging-reloaded", listen);
listen();

local function expire()
	files:expire(options().keep, os.time());
	return 3600;
end

expire();
module:add_timer(3600, expire);
module:hook_global("config-reloaded", function ()
	expire(); -- whose result is for the timer: one here would end the event for all others
end);

function module.unload()
	logger.remove_sink(on_line);
	files:close();
end
