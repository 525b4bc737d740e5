-- Keeps names that strangers make up out of the figures: Prosody's own modules count a stream by the name that it asks for,
-- before anybody has looked whether there is such a host, and would remember each for ever.
module:set_global();

module:hook("openmetrics-updated", function (event)
	for _, family in pairs(event.metric_registry:get_metric_families()) do
		if family.label_keys[1] == "host" then
			local by_host = family.data.data;
			for host in pairs(by_host) do
				if not prosody.hosts[host] then
					by_host[host] = nil;
				end
			end
		end
	end
end);
