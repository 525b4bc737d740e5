-- Interfaces for administrators: in a client (XEP-0050, XEP-0133), and `prosodyctl shell` through the socket that only
-- Prosody's own user can open. Nothing of this is reachable by HTTP.
--
-- Options: none (admin_socket is set in prosody.cfg.lua, admins in domains/)

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"admin_adhoc"; -- XEP-0133
		"admin_shell";
	};
})
