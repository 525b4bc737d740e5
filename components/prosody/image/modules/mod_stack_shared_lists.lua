-- Loads a module that subscribes to lists of spammers elsewhere (mod_anti_spam, mod_muc_rtbl) once Prosody has started, and
-- again where that failed. They subscribe when they are loaded, and Prosody loads modules in no order: before mod_s2s is
-- there a subscription goes nowhere. Nor do they try again when the other server could not be reached.
--
--     stack_shared_lists = { module = "anti_spam"; service = "lists.example" }
local modulemanager = require "prosody.core.modulemanager";

local lists = module:get_option("stack_shared_lists");
local first, last = 10, 3600; -- seconds until the next attempt, twice as many each time
local pause = first;
local timer;

local function load()
	local _, problem;
	if modulemanager.is_loaded(module.host, lists.module) then
		_, problem = modulemanager.reload(module.host, lists.module);
	else
		_, problem = modulemanager.load(module.host, lists.module);
	end
	if problem then
		module:log("error", "%s cannot be loaded: %s", lists.module, problem);
	end
end

-- Also what Prosody answers itself when there is no stream to that server.
module:hook("iq/host", function (event)
	local stanza = event.stanza;
	if timer or stanza.attr.type ~= "error" or stanza.attr.from ~= lists.service
	or not tostring(stanza.attr.id):find("^pubsub%-sub%-") then
		return nil;
	end
	module:log("warn", "No list of %s yet, trying again in %d s", lists.service, pause);
	timer = module:add_timer(pause, function ()
		timer = nil;
		pause = math.min(2 * pause, last);
		load();
	end);
end, 2); -- before mod_pubsub_subscription

prosody.started:next(load);
