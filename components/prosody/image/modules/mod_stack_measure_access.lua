-- Lets nobody ask for the figures but who connects from these networks, and the machine itself. For whom the front asks is
-- the front's matter.
--
--     stack_measure_networks = { "172.30.11.0/24" }   read at each request
module:set_global();

local http_server = require "prosody.net.http.server";
local ip = require "prosody.util.ip";

local loopback = { "127.0.0.0/8"; "::1/128" };

local function is_within(address, networks)
	for _, network in ipairs(networks) do
		if ip.match(address, ip.parse_cidr(network)) then
			return true;
		end
	end
	return false;
end

module:hook_object_event(http_server, "GET /metrics", function (event)
	local address = ip.new_ip(event.request.conn:ip());
	if not is_within(address, loopback) and not is_within(address, module:get_option_array("stack_measure_networks", {})) then
		return 403;
	end
end, 10);
