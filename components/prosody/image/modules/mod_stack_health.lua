-- Shows from outside that the event loop turns: a file whose time of modification is never older than a moment.
-- /usr/lib/stack/health.lua looks at it. The admin socket would do too, but logs a line for each look.
module:set_global();

local lfs = require "lfs";

local path = module:get_option_string("stack_heartbeat", "/run/prosody/heartbeat");

local function beat()
	lfs.touch(path);
	return 1;
end

prosody.started:next(function ()
	local file, problem = io.open(path, "w");
	if not file then
		module:log("error", "The health check will fail: %s", problem);
		return;
	end
	file:close();
	module:add_timer(1, beat);
end);

function module.unload()
	os.remove(path);
end

module:hook("server-stopping", module.unload);
