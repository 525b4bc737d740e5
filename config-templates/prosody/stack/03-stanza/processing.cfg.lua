-- Processing: messages of the server itself, to everybody (XEP-0133, announcements) or to a new account.
--
-- Options: welcome_message ($username and $host are filled in)

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"announce"; -- XEP-0133
	};
})

if stack.welcome_message then
	modules_enabled(modules.select { core = { "welcome" } })
	welcome_message = stack.welcome_message
end
