-- WebSocket: for web clients (RFC 7395), and the document that tells them where it is (XEP-0156).
--
-- Options: consider_websocket_secure websocket_frame_buffer_limit websocket_frame_fragment_limit

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

if stack.front then
	modules_enabled(modules.select {
		core = {
			"websocket"; -- RFC 7395
			"http_altconnect"; -- XEP-0156
		};
	})
end

-- Plain HTTP counts as secure only where a front stands before it that speaks TLS.
consider_websocket_secure = stack.front == true
websocket_frame_buffer_limit = 2 * stack.stanza_size.c2s
websocket_frame_fragment_limit = 8
