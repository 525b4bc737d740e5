-- Which of a layer's modules a service runs, by how settled they are:
--
--   core      Prosody's own modules, and those of prosody-modules whose stage is Stable
--   security  what protects the service and its users, at whatever stage
--   beta      prosody-modules at stage Beta
--   alpha     prosody-modules at stage Alpha, or of no stated stage
--
--   local modules = Lua.load(FileContents("../../modules.lua"))(stack)
--   modules_enabled(modules.select { core = { "mam" }; alpha = { "ping_muc" } })

local stack = ...

local classes = { "core", "security", "beta", "alpha" }
local known = {}
for _, class in ipairs(classes) do
	known[class] = true
end

local modules = {}

-- The flat list of those names whose class is switched on in the settings.
function modules.select(by_class)
	for class in pairs(by_class) do
		if not known[class] then
			error(("no class of modules is called '%s'"):format(class), 2)
		end
	end
	local selected = {}
	for _, class in ipairs(classes) do
		if stack.modules.classes[class] then
			for _, name in ipairs(by_class[class] or {}) do
				selected[#selected + 1] = name
			end
		end
	end
	return selected
end

return modules
