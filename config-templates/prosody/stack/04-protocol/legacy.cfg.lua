-- Legacy: what older clients still ask for. XEP-0049, XEP-0054 with XEP-0153 and XEP-0398, XEP-0012.
-- Left out for good: legacyauth (XEP-0078), privacy_lists (XEP-0016), vcard (vcard_legacy replaces it).
--
-- Options: upgrade_legacy_vcards upgrade_legacy_bookmarks migrate_legacy_blocking

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"private"; -- XEP-0049
		"vcard_legacy"; -- XEP-0054, XEP-0153, XEP-0398
		"lastactivity"; -- XEP-0012
	};
})

upgrade_legacy_vcards = true
upgrade_legacy_bookmarks = true
migrate_legacy_blocking = true
