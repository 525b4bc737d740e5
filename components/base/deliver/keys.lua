-- Keys of a ConfigMap or Secret as paths: they may have letters, digits, "-", "_" and "." only. platform/kubernetes/keys.ts
-- makes them: ".." stands for a slash, "_" and two hexadecimal digits for any other byte.
local keys = {}

local function part_of(text)
	local well_formed = not text:gsub("_[0-9A-F][0-9A-F]", ""):find("_", 1, true)
	local part = text:gsub("_([0-9A-F][0-9A-F])", function (digits) return string.char(tonumber(digits, 16)) end)
	if well_formed and part ~= "" and not part:find("^%.") and not part:find("[%c/\\]") then
		return part
	end
end

-- The path, or nothing for a key that is none.
function keys.path(key)
	local parts = {}
	for text in (key .. ".."):gmatch("(.-)%.%.") do
		local part = part_of(text)
		if not part then
			return
		end
		parts[#parts + 1] = part
	end
	return table.concat(parts, "/")
end

return keys
