-- Prosody's configuration: this file only puts the others in order.
-- What varies between services stands in settings.lua, which is generated; everything else is read as it is here.
--
--   domains/       the hosts come into being
--   stack/         8 layers of 4 files: what the hosts can do, from the socket up
--   policies/      stricter or faster, by choice
--   environments/  what the platform and the environment need; they override the layers
--   overrides      the operator's own file, with the last word
--
-- Rules of Prosody's configuration language that every file here relies on:
--   * each included file starts in the global section and re-opens the hosts that it sets options for;
--   * `modules_enabled { "x" }` appends, `modules_enabled = { "x" }` would replace the list of all files before it;
--   * a wildcard Include follows directory order, so the files are listed one by one;
--   * standard Lua functions are reached through `Lua.`

local stack = Lua.load(FileContents("settings.lua"))()

data_path = "/var/lib/prosody"
pidfile = "/run/prosody/prosody.pid"
admin_socket = "/run/prosody/prosody.sock"
Lua.load(FileContents("log-lines.lua"))()
log = { { levels = { min = stack.log_level }; to = stack.log_format == "json" and "stack_json" or "console" } }

modules_enabled = {
	"stack_reload"; -- applies a new release of this tree while the service runs
	"stack_audit"; -- keeps who logged in and what was done to accounts, apart from the log
}
modules_disabled = {}
stack_config = "/config"
stack_answers = "/answers"
stack_audit = stack.audit

Include "domains/main.cfg.lua"

Include "stack/01-transport/ports.cfg.lua"
Include "stack/01-transport/tls.cfg.lua"
Include "stack/01-transport/compression.cfg.lua"
Include "stack/01-transport/connections.cfg.lua"

Include "stack/02-stream/authentication.cfg.lua"
Include "stack/02-stream/encryption.cfg.lua"
Include "stack/02-stream/management.cfg.lua"
Include "stack/02-stream/negotiation.cfg.lua"

Include "stack/03-stanza/routing.cfg.lua"
Include "stack/03-stanza/filtering.cfg.lua"
Include "stack/03-stanza/validation.cfg.lua"
Include "stack/03-stanza/processing.cfg.lua"

Include "stack/04-protocol/core.cfg.lua"
Include "stack/04-protocol/extensions.cfg.lua"
Include "stack/04-protocol/legacy.cfg.lua"
Include "stack/04-protocol/experimental.cfg.lua"

Include "stack/05-services/messaging.cfg.lua"
Include "stack/05-services/presence.cfg.lua"
Include "stack/05-services/groupchat.cfg.lua"
Include "stack/05-services/pubsub.cfg.lua"

Include "stack/06-storage/backends.cfg.lua"
Include "stack/06-storage/archiving.cfg.lua"
Include "stack/06-storage/caching.cfg.lua"
Include "stack/06-storage/migration.cfg.lua"

Include "stack/07-interfaces/http.cfg.lua"
Include "stack/07-interfaces/websocket.cfg.lua"
Include "stack/07-interfaces/bosh.cfg.lua"
Include "stack/07-interfaces/components.cfg.lua"

Include "stack/08-integration/ldap.cfg.lua"
Include "stack/08-integration/oauth.cfg.lua"
Include "stack/08-integration/webhooks.cfg.lua"
Include "stack/08-integration/apis.cfg.lua"

local chosen = {}
for _, policy in Lua.ipairs(stack.policies) do
	chosen[policy] = true
end

-- In this order whatever the settings say: privacy has the last word over security's wish to log. The environment
-- "development", read later, leaves it that.
if chosen.security then Include "policies/security.cfg.lua" end
if chosen.performance then Include "policies/performance.cfg.lua" end
if chosen.compliance then Include "policies/compliance.cfg.lua" end

Include ("environments/" .. stack.platform .. ".cfg.lua")
Include ("environments/" .. stack.environment .. ".cfg.lua")

if stack.overrides then Include "overrides.cfg.lua" end
