-- Counts what was kept from people, by which rule: the firewall's scripts tell it with EVENT=stack-cut/<rule>. Reports of
-- users and what a shared list of spammers cuts are counted by the modules that deal with them.
local measures = module:require "stack_measures";

local rules = { "flooding"; "invitations"; "links"; "quarantine"; "servers"; "strangers"; "subscriptions" };
local cut = measures.counter("cut_stanzas", "", "Stanzas that rules against spam have refused", { "host"; "rule" });
local quarantine = module:shared("/*/stack_quarantine/senders");
local senders = measures.gauge("quarantined_senders", "", "Senders who are in quarantine or were lately"):with_labels();

for _, rule in ipairs(rules) do
	local count = cut:with_labels(module.host, rule);
	count:add(0);
	module:hook("stack-cut/"..rule, function ()
		count:add(1);
	end);
end

module:hook_global("stats-update", function ()
	senders:set(quarantine.ends and quarantine.ends:count() or 0);
end);
