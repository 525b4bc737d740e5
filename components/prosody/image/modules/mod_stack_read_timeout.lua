-- Lets network_settings.read_timeout work beside mod_limits. A connection with a rate limit is paused after each read, for
-- as long as what was read may take. Prosody 13.0.1 (pausefor in net/server_epoll) stops the timer of its silence then, and
-- does not start it again: nobody would ask a silent client for a sign of life, nor notice that it is gone.
module:set_global();

local filters = require "prosody.util.filters";

assert(require "prosody.net.server".get_backend() == "epoll", "stack_read_timeout needs network_backend = \"epoll\"");

local function keep_timer(session)
	local conn = session.conn;
	if not conn or not conn.pausefor or rawget(conn, "pausefor") then
		return;
	end
	local pausefor = conn.pausefor;
	function conn:pausefor(seconds)
		pausefor(self, seconds);
		if seconds then
			self:setreadtimeout();
		end
	end
end

function module.load()
	filters.add_filter_hook(keep_timer);
end

function module.unload()
	filters.remove_filter_hook(keep_timer);
end
