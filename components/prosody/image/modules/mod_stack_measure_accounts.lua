-- Counts what becomes of accounts and invitations: mod_invites tells of one that is made, who registers with one says so.
if module:get_host_type() ~= "local" then
	return;
end

local measures = module:require "stack_measures";

local invitations = measures.counter("invites", "", "Invitations that were made or used", { "host"; "action" });
local registrations = measures.counter("registrations", "", "Accounts that people have registered", { "host"; "invited" });
local deletions = measures.counter("account_deletions", "", "Accounts that were deleted", { "host" })
	:with_labels(module.host);

local made, used = invitations:with_labels(module.host, "made"), invitations:with_labels(module.host, "used");
local invited, uninvited = registrations:with_labels(module.host, "yes"), registrations:with_labels(module.host, "no");
for _, count in ipairs { made; used; invited; uninvited; deletions } do
	count:add(0);
end

module:hook("invite-created", function ()
	made:add(1);
end);

local function has_invitation(event)
	return (event.validated_invite or event.session and event.session.validated_invite) ~= nil;
end

module:hook("user-registered", function (event)
	local with_one = has_invitation(event);
	(with_one and invited or uninvited):add(1);
	used:add(with_one and 1 or 0);
end);

module:hook("user-password-reset", function (event)
	used:add(has_invitation(event) and 1 or 0);
end);

module:hook_global("user-deleted", function (event)
	deletions:add(event.host == module.host and 1 or 0);
end);
