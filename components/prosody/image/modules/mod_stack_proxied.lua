-- Takes connections that a front passes on: a PROXY protocol header, which says who the client is, and with the next byte
-- the client's TLS (XEP-0368). TLS ends here, as it does on the direct TLS ports, whose contexts this uses. Sessions, logs
-- and limits see the client's own address.
--
--     stack_proxied_c2s_ports = { 15223 }             client streams, with the TLS of c2s_direct_tls_ports
--     stack_proxied_s2s_ports = { 15270 }             server streams, with the TLS of s2s_direct_tls_ports
--     stack_proxied_networks = { "172.30.10.0/24" }   from where; whoever can connect can claim any address, so nobody else
module:set_global();

local ip = require "prosody.util.ip";
local portmanager = require "prosody.core.portmanager";
local recv = require "posix.sys.socket".recv;
local EAGAIN = require "posix.errno".EAGAIN;
local proxy_protocol = module:require "stack_proxy_protocol";

-- Connections of other backends have neither the methods nor the fields that are used here.
assert(require "prosody.net.server".get_backend() == "epoll", "stack_proxied_tls needs network_backend = \"epoll\"");

local header_timeout = 5;

local networks;

local function read_networks()
	networks = {};
	for _, text in ipairs(module:get_option_array("stack_proxied_networks", {})) do
		local network, bits = ip.parse_cidr(tostring(text));
		local all_bits = network and #network.packed * 8;
		if not tostring(text):find("/", 1, true) then
			bits = all_bits;
		end
		if network and bits and bits >= 0 and bits <= all_bits then
			table.insert(networks, { address = network; bits = bits });
		else
			module:log("error", "stack_proxied_networks: found %q, expected an address or a subnet", tostring(text));
		end
	end
end

local function may_pass_on(peer)
	local address = peer and ip.new_ip(peer);
	for _, network in ipairs(networks) do
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

-- From here on it is as if the port with direct TLS had accepted the connection from the client itself.
local function hand_over(conn, service_name, client)
	-- Looked up for each connection: a reload may have brought new certificates and hosts, or another listener.
	local ports = portmanager.get_active_services():search(service_name, nil, nil);
	local active = ports[1] and ports[1][1];
	if not active then
		return refuse(conn, service_name.."_ports names no port to take the TLS context of");
	end
	if client.address then
		conn.peername, conn.peerport = client.address, client.port;
		function conn.updatenames() end -- would ask the socket again
	end
	conn._server = active.server; -- where mod_saslauth looks for the certificate to bind a channel to
	conn.onreadable, conn.onconnect = nil, nil; -- the new listener is told of the connection when TLS is there
	conn:setlistener(active.service.listener);
	conn:inittls(active.server:sslctx(), true);
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

-- `service_name` is the service with direct TLS that the connections are for.
local function new_listener(service_name)
	local listener = {};

	function listener.onconnect(conn)
		if not may_pass_on(conn.peername) then
			return refuse(conn, "not from stack_proxied_networks");
		end
		conn.onreadable = header_reader(service_name);
		conn:setreadtimeout(header_timeout); -- for all of the header
	end

	function listener.ondisconnect(conn, reason)
		module:log("info", "Connection from %s closed before TLS: %s", conn.peername, reason or "shutdown");
	end

	return listener;
end

module:hook("config-reloaded", read_networks);
read_networks();

module:provides("net", { name = "stack_proxied_c2s"; listener = new_listener("c2s_direct_tls") });
module:provides("net", { name = "stack_proxied_s2s"; listener = new_listener("s2s_direct_tls") });
