-- Takes connections that others pass on: a PROXY protocol header, which says who the client is, and with the next byte
-- what the client says. Each goes on as if the port that it is for had accepted it from the client itself: with direct TLS
-- it ends here (XEP-0368), with that port's context. Sessions, logs and limits see the client's own address.
--
--     stack_proxied_c2s_ports = { 15223 }             from the front: client streams, as on c2s_direct_tls_ports
--     stack_proxied_s2s_ports = { 15270 }             from the front: server streams, as on s2s_direct_tls_ports
--     stack_proxied_networks = { "172.30.10.0/24" }   where it is; whoever can connect can claim any address, so nobody else
--
--     stack_balanced_c2s_ports, stack_balanced_c2s_direct_tls_ports, stack_balanced_s2s_ports,
--     stack_balanced_s2s_direct_tls_ports, stack_balanced_proxy65_ports
--                                                     from a load balancer: what those ports without "stack_balanced_" have
--     stack_balanced_networks = { "10.0.0.0/8" }      where it is
module:set_global();

local ip = require "prosody.util.ip";
local portmanager = require "prosody.core.portmanager";
local recv = require "posix.sys.socket".recv;
local EAGAIN = require "posix.errno".EAGAIN;
local proxy_protocol = module:require "stack_proxy_protocol";

-- Connections of other backends have neither the methods nor the fields that are used here.
assert(require "prosody.net.server".get_backend() == "epoll", "stack_proxied needs network_backend = \"epoll\"");

local header_timeout = 5;

-- Whom the connections are from, by the name of the option; and for each kind of port, whom it is for.
local networks = {};
local kinds = {
	stack_proxied_c2s = { service = "c2s_direct_tls"; from = "stack_proxied_networks" };
	stack_proxied_s2s = { service = "s2s_direct_tls"; from = "stack_proxied_networks" };
};
for _, service in ipairs { "c2s"; "c2s_direct_tls"; "s2s"; "s2s_direct_tls"; "proxy65" } do
	kinds["stack_balanced_"..service] = { service = service; from = "stack_balanced_networks" };
end

local function read_networks(option)
	local found = {};
	for _, text in ipairs(module:get_option_array(option, {})) do
		local network, bits = ip.parse_cidr(tostring(text));
		local all_bits = network and #network.packed * 8;
		if not tostring(text):find("/", 1, true) then
			bits = all_bits;
		end
		if network and bits and bits >= 0 and bits <= all_bits then
			table.insert(found, { address = network; bits = bits });
		else
			module:log("error", "%s: found %q, expected an address or a subnet", option, tostring(text));
		end
	end
	networks[option] = found;
end

local function may_pass_on(peer, option)
	local address = peer and ip.new_ip(peer);
	for _, network in ipairs(networks[option]) do
		if address and address.proto == network.address.proto and ip.match(address, network.address, network.bits) then
			return true;
		end
	end
	return false;
end

local function refuse(conn, reason)
	conn:on("disconnect", reason);
	conn:destroy();
end

-- From here on it is as if the port of that service had accepted the connection from the client itself.
local function hand_over(conn, service_name, client)
	-- Looked up for each connection: a reload may have brought new certificates and hosts, or another listener.
	local ports = portmanager.get_active_services():search(service_name, nil, nil);
	local active = ports[1] and ports[1][1];
	if not active then
		return refuse(conn, service_name.."_ports names no port that it could be for");
	end
	if client.address then
		conn.peername, conn.peerport = client.address, client.port;
		function conn.updatenames() end -- would ask the socket again
	end
	conn._server = active.server; -- where mod_saslauth looks for the certificate to bind a channel to
	conn.onreadable, conn.onconnect = nil, nil;
	conn:setlistener(active.service.listener);
	if active.service.encryption == "ssl" then
		conn:inittls(active.server:sslctx(), true); -- which tells the new listener of the connection when TLS is there
	else
		conn:setreadtimeout();
		conn:onconnect();
	end
end

-- LuaSocket reads ahead, and what it has read of the client's TLS would be lost, for LuaSec goes on with the file
-- descriptor. So this reads from the descriptor too, and never a byte more than the header has.
local function header_reader(service_name)
	local header = "";
	return function (conn)
		local missing, problem = proxy_protocol.missing(header);
		while missing and missing > 0 do
			local data, message, code = recv(conn:getfd(), missing);
			if code == EAGAIN then
				return;
			elseif not data or data == "" then
				return refuse(conn, message or "closed by the other side");
			end
			header = header..data;
			missing, problem = proxy_protocol.missing(header);
		end
		local client;
		if missing then
			client, problem = proxy_protocol.parse(header);
		end
		if not client then
			return refuse(conn, problem);
		end
		hand_over(conn, service_name, client);
	end
end

local function new_listener(service_name, from)
	local listener = {};

	function listener.onconnect(conn)
		if not may_pass_on(conn.peername, from) then
			return refuse(conn, "not from "..from);
		end
		conn.onreadable = header_reader(service_name);
		conn:setreadtimeout(header_timeout); -- for all of the header
	end

	function listener.ondisconnect(conn, reason)
		module:log("info", "Connection from %s not taken: %s", conn.peername, reason or "shutdown");
	end

	return listener;
end

local function read_all_networks()
	read_networks("stack_proxied_networks");
	read_networks("stack_balanced_networks");
end
module:hook("config-reloaded", read_all_networks);
read_all_networks();

for name, kind in pairs(kinds) do
	module:provides("net", { name = name; listener = new_listener(kind.service, kind.from) });
end
