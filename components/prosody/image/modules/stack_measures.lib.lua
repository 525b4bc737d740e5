-- Figures of ours beside Prosody's own, which mod_http_openmetrics gives out: prosody_stack_<name>.
--
-- A label's values are few, and known beforehand: hosts of this service, and words of a protocol. None is an address or a
-- JID, and none is what somebody out there may choose.
local metric = require "prosody.core.statsmanager".metric;

local function family(kind)
	return function (name, unit, meaning, labels, buckets)
		return metric(kind, "prosody_stack_"..name, unit, meaning, labels, buckets and { buckets = buckets });
	end
end

-- Of a text the word that it is in the list, else "other".
local function one_of(list)
	local known = {};
	for _, word in ipairs(list) do
		known[word] = word;
	end
	return function (text)
		return text and known[text] or "other";
	end
end

-- Does that for each host that there is, and for those that come.
local function each_host(action)
	module:hook("host-activated", action);
	for host in pairs(prosody.hosts) do
		action(host);
	end
end

return { counter = family "counter"; gauge = family "gauge"; histogram = family "histogram"; one_of = one_of;
	each_host = each_host };
