-- Core protocol: contact lists (RFC 6121) and small questions about the server. Presence, messages, IQ and offline messages
-- are loaded by Prosody itself.
--
-- Options: hide_os_type

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"roster"; -- RFC 6121 section 2
		"time"; -- XEP-0202
		"version"; -- XEP-0092
		"uptime"; -- XEP-0012
	};
})

hide_os_type = true
