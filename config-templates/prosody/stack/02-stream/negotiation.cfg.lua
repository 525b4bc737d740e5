-- Negotiation: what a host says that it can do (XEP-0030, XEP-0115), and how servers that bring no client certificate
-- prove themselves (XEP-0220; the certificate is still demanded, by 02-stream/encryption).
--
-- Options: disco_expose_admins

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"disco"; -- XEP-0030, XEP-0115
		"dialback"; -- XEP-0220
	};
})

disco_expose_admins = false
