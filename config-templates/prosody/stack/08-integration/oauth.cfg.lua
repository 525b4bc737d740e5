-- OAuth 2.0: programs act for a user without knowing the password. Only where the settings ask for it.
-- RFC 6749, RFC 7591 (clients register themselves), RFC 7628 (login), RFC 7636 (code challenge), RFC 8628 (devices).
--
-- Options: oauth2_registration_key oauth2_access_token_ttl oauth2_refresh_token_ttl allowed_oauth2_grant_types
--   allowed_oauth2_response_types oauth2_require_code_challenge

local stack = Lua.load(FileContents("../../settings.lua"))()

if stack.oauth then
	local registration_key = FileLine("../../secrets/" .. stack.oauth.registration_secret)

	for _, domain in Lua.ipairs(stack.domains) do
		VirtualHost (domain.name)
		modules_enabled { "http_oauth2" } -- alpha, but asked for by name
		oauth2_registration_key = registration_key
		oauth2_access_token_ttl = 3600 -- seconds
		oauth2_refresh_token_ttl = 7 * 86400
		allowed_oauth2_grant_types = { "authorization_code"; "device_code" }
		allowed_oauth2_response_types = { "code" }
		oauth2_require_code_challenge = true
	end
end
