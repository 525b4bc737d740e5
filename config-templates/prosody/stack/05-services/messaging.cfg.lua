-- Messaging: every device of a user gets every message (XEP-0280), now or from the archive (XEP-0313, XEP-0359, XEP-0441).
-- How long the archive is kept: 06-storage/archiving.
--
-- Options: default_archive_policy mam_smart_enable

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"carbons"; -- XEP-0280
		"mam"; -- XEP-0313, XEP-0441
	};
})

default_archive_policy = "always"
mam_smart_enable = false -- would archive only for those whose client asks first, and then lack what came before
