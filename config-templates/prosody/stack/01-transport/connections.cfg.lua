-- Connections: how fast a peer may send, how long a silent one is kept. XEP-0288 (one connection for both directions).
--
-- Options: limits limits_resolution c2s_timeout c2s_close_timeout s2s_timeout s2s_close_timeout s2s_idle_timeout
--   tcp_keepalives network_backend network_settings

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"limits";
		"s2s_bidi"; -- XEP-0288
		"s2s_idle_timeout";
	};
})

modules_enabled { "stack_read_timeout" } -- which the limits would switch off

limits = {
	c2s = stack.limits.c2s;
	s2sin = stack.limits.s2s;
}
limits_resolution = 1

c2s_timeout = "5 minutes" -- until the client is logged in
c2s_close_timeout = "5 seconds"
s2s_timeout = "90 seconds"
s2s_close_timeout = "5 seconds"
s2s_idle_timeout = 600 -- seconds

tcp_keepalives = true
network_backend = "epoll"
network_settings = {
	tcp_keepalive = true; -- also where TLS is there first: LuaSec hides the socket that tcp_keepalives would be set on
	-- After so many seconds of silence the other side is asked for a sign of life (white space, XEP-0198, a WebSocket's ping),
	-- and who owes one since the last time is given up. Just below the 15 minutes after which many NATs forget a connection.
	read_timeout = 840;
	nagle = false; -- together with delayed ACKs it costs every server-to-server request some 30 ms
	-- Never `true`: with LuaSec 1.3.2, writing twice to a client whose connection is gone loops for ever, and with it Prosody.
	opportunistic_writes = false;
}
