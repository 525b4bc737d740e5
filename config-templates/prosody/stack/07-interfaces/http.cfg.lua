-- HTTP: what the web interfaces share, uploads (XEP-0363), and measurements for Prometheus, which the machine itself may
-- read, and whom the front lets. RFC 9110.
--
-- Options: http_default_host http_external_url trusted_proxies http_legacy_x_forwarded statistics statistics_interval
--   openmetrics_allow_ips openmetrics_allow_cidr stack_upload_directory http_file_share_size_limit
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
if stack.front then
	openmetrics_allow_cidr = "::/0" -- who may ask is the front's matter; others on its network may too
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
