-- What a reload of Prosody 13.0 does not do for the certificates of a release that lies elsewhere than the last one.
local certmanager = require "prosody.core.certmanager";
local portmanager = require "prosody.core.portmanager";

-- certmanager has kept the directory that Prosody was started with in a local variable, and looks there for what the
-- configuration names relative to itself (`certificates = "certs"`, its default, or a host's `certificate`): after a
-- reload it would go on with the old release's certificates, and have none once that release is gone. Prosody gives
-- functions fields for their variables (set_function_metatable in util.startup); this one all of certmanager shares.
local function look_in(directory)
	if certmanager.find_cert.config_path then
		certmanager.find_cert.config_path = directory;
	end
end

local function set_sslctx(server, context)
	server.tls_ctx = context;
end

-- For the ports with direct TLS, portmanager makes a new context at a reload, but net.server_epoll puts it into a field
-- that it never reads: clients that send no SNI would get the old certificate for ever, and all the old TLS settings.
local function renew_contexts_of_ports()
	for _, _, _, _, service in portmanager.get_active_services():iter(nil, nil, nil, nil) do
		service.server.set_sslctx = set_sslctx;
	end
end

-- Events run handlers of the same priority in no order: mod_tls may ask for a certificate before certmanager has looked
-- what files there are now, and get the old release's.
module:hook("config-reloaded", certmanager.reload_ssl_config, 100);

return { look_in = look_in; renew_contexts_of_ports = renew_contexts_of_ports };
