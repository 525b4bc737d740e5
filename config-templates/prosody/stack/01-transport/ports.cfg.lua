-- Ports: where Prosody listens. A change needs a restart.
-- RFC 6120 (5222 clients, 5269 servers, STARTTLS), XEP-0368 (5223, 5270, TLS from the first byte), XEP-0065 (5000, or
-- what is published: mod_proxy65 announces the port that it listens on).
-- On which interfaces plain HTTP listens is the platform's matter: environments/.
--
-- Options: use_ipv4 use_ipv6 c2s_ports c2s_direct_tls_ports s2s_ports s2s_direct_tls_ports http_ports https_ports
--   proxy65_ports stack_proxied_c2s_ports stack_proxied_s2s_ports stack_proxied_networks stack_balanced_c2s_ports
--   stack_balanced_c2s_direct_tls_ports stack_balanced_s2s_ports stack_balanced_s2s_direct_tls_ports
--   stack_balanced_proxy65_ports stack_balanced_networks

local stack = Lua.load(FileContents("../../settings.lua"))()

use_ipv4 = true
use_ipv6 = stack.use_ipv6

c2s_ports = { stack.ports.c2s }
c2s_direct_tls_ports = { stack.ports.c2s_direct_tls }
s2s_ports = { stack.ports.s2s }
s2s_direct_tls_ports = { stack.ports.s2s_direct_tls }
proxy65_ports = { stack.ports.proxy65 } -- none without a proxy

http_ports = { stack.ports.http }
https_ports = {} -- the front speaks TLS, where there is one

-- What the front takes on the HTTPS port and hands on: a PROXY protocol header, then direct TLS.
if stack.front then
	modules_enabled { "stack_proxied" }
	stack_proxied_c2s_ports = { stack.ports.c2s_proxied }
	stack_proxied_s2s_ports = { stack.ports.s2s_proxied }
	stack_proxied_networks = stack.trusted_proxies
end

-- What a load balancer hands on begins with a PROXY protocol header on every port. Only these are published then.
if stack.balancers then
	modules_enabled { "stack_proxied" }
	stack_balanced_c2s_ports = { stack.ports.c2s_balanced }
	stack_balanced_c2s_direct_tls_ports = { stack.ports.c2s_direct_tls_balanced }
	stack_balanced_s2s_ports = { stack.ports.s2s_balanced }
	stack_balanced_s2s_direct_tls_ports = { stack.ports.s2s_direct_tls_balanced }
	stack_balanced_proxy65_ports = { stack.ports.proxy65 and stack.ports.proxy65_balanced }
	stack_balanced_networks = stack.balancers
end
