-- Webhooks: every message to webhook.<primary domain> is posted to a URL as JSON, and what the URL answers is sent back.
-- With the secret as its OAuth client's, the receiver may also send by itself. Only where the settings give the URL.
--
-- Options: rest_callback_url rest_callback_content_type rest_callback_stanzas component_secret

local stack = Lua.load(FileContents("../../settings.lua"))()

if stack.webhook then
	local host = "webhook." .. stack.primary

	Component (host) "rest"
	modules_enabled = stack.modules.add[host] or {}
	modules_disabled = stack.modules.remove[host] or {}
	modules_enabled { "http_oauth2" } -- alpha, as rest is, but asked for by name
	parent_host = stack.primary
	component_secret = FileLine("../../secrets/" .. stack.webhook.secret)
	rest_callback_url = stack.webhook.url
	rest_callback_content_type = "application/json"
	rest_callback_stanzas = { "message" }
end
