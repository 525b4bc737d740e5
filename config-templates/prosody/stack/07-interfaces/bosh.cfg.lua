-- BOSH: for web clients whose network lets no WebSocket through. XEP-0124, XEP-0206.
--
-- Options: consider_bosh_secure bosh_max_inactivity bosh_max_polling bosh_max_wait

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

if stack.front then
	modules_enabled(modules.select {
		core = {
			"bosh"; -- XEP-0124, XEP-0206
		};
	})
end

-- Plain HTTP counts as secure only where a front stands before it that speaks TLS.
consider_bosh_secure = stack.front == true
bosh_max_inactivity = "60 seconds"
bosh_max_polling = "5 seconds"
bosh_max_wait = "120 seconds"
