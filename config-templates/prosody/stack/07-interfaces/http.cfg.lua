-- HTTP: what the web interfaces share, uploads (XEP-0363), and measurements for Prometheus, which the machine itself may
-- read, other workloads of the stack, and whom the front lets. RFC 9110.
--
-- Options: http_default_host http_external_url trusted_proxies http_legacy_x_forwarded statistics statistics_interval
--   openmetrics_allow_ips openmetrics_allow_cidr stack_measure_networks stack_upload_directory http_file_share_size_limit
--   http_file_share_daily_quota http_file_share_global_quota http_file_share_expires_after

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)
local to_ascii = Lua.require "prosody.util.encodings".idna.to_ascii

modules_enabled(modules.select {
	core = {
		"http";
		"http_errors";
		"http_openmetrics"; -- /metrics
	};
})

http_default_host = to_ascii(stack.primary) -- for requests to an address instead of a name
trusted_proxies = stack.trusted_proxies
http_legacy_x_forwarded = false -- 13.0.1 fails over addresses such as 2001:db8::1 in X-Forwarded-For; Forwarded is RFC 7239

statistics = "internal"
statistics_interval = "manual" -- taken when they are asked for
openmetrics_allow_ips = { "127.0.0.1"; "::1" }
if stack.front or stack.monitoring then
	-- By the address that a request says it is for, which is the front's matter. Who may connect is ours.
	openmetrics_allow_cidr = "::/0"
	modules_enabled { "stack_measure_access" }
	stack_measure_networks = stack.trusted_proxies
end
if stack.monitoring then
	modules_enabled {
		"stack_measure_hosts";
		"stack_measure_process";
		"stack_measure_release";
		"stack_measure_clients";
		"stack_measure_servers";
		"stack_measure_stanzas";
		"stack_measure_logins";
		"stack_measure_accounts";
		"stack_measure_abuse";
		"stack_measure_storage";
	}
end

for _, domain in Lua.ipairs(stack.domains) do
	VirtualHost (domain.name)
	http_external_url = domain.url

	if domain.upload then
		Component (domain.upload) "http_file_share"
		name = "File upload"
		modules_enabled { "stack_uploads" }
		stack_upload_directory = "/var/lib/prosody-uploads"
		http_external_url = domain.upload_url
		http_file_share_size_limit = stack.uploads.size_limit
		http_file_share_daily_quota = stack.uploads.daily_quota
		http_file_share_global_quota = stack.uploads.global_quota
		http_file_share_expires_after = stack.uploads.expires_after
	end
end
