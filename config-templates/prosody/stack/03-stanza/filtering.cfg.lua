-- Filtering: which servers are talked with, what users block (XEP-0191) and report (XEP-0377), and rules against spam from
-- strangers (firewall/*.pfw).
--
-- Options: firewall_scripts stack_quarantine stack_federation stack_shared_lists anti_spam_services muc_rtbl_jid

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"blocklist"; -- XEP-0191
		"mimicking"; -- no two accounts whose names look alike
	};
	security = {
		"firewall";
	};
	beta = {
		"spam_reporting"; -- XEP-0377
	};
})
if stack.modules.classes.beta then
	modules_enabled { "stack_reports" } -- tells the administrators
end

-- As in 01-transport/tls: a path of this release, not of the one that Prosody was started with.
local release = Lua.debug.getinfo(1, "S").source:match("^@(.*)/stack/[^/]+/[^/]+$")

-- What each level has besides the one before it.
local levels = {
	{ name = "off"; scripts = {} };
	{
		name = "standard";
		scripts = {
			"module:scripts/spam-blocking.pfw"; -- comes with the module; ours hook into its chains
			release .. "/firewall/strangers.pfw";
			release .. "/firewall/subscriptions.pfw";
			release .. "/firewall/flooding.pfw";
			release .. "/firewall/links.pfw";
		};
	};
	{ name = "strict"; scripts = { release .. "/firewall/strict.pfw" } };
}

firewall_scripts = {}
for _, level in Lua.ipairs(levels) do
	firewall_scripts(level.scripts)
	if level.name == stack.spam.level then break end
end

modules_enabled { "stack_quarantine" }
stack_quarantine = stack.spam.quarantine

modules_enabled { "stack_federation" } -- for components as well: it is a module of the whole server
stack_federation = stack.federation

if stack.shared_list then
	-- They are alpha, but asked for by name.
	modules_enabled { "stack_shared_lists" }
	stack_shared_lists = { module = "anti_spam"; service = stack.shared_list }
	anti_spam_services = { stack.shared_list }
	for _, domain in Lua.ipairs(stack.domains) do
		Component (domain.rooms) "muc"
		modules_enabled { "stack_shared_lists" }
		stack_shared_lists = { module = "muc_rtbl"; service = stack.shared_list }
		muc_rtbl_jid = stack.shared_list
	end
end
