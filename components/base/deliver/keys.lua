-- Paths as keys of a ConfigMap or Secret, which have letters, digits, "-", "_" and "." only, as platform/kubernetes/keys.ts
-- makes them: ".." stands for "/", and "_" with two hexadecimal digits for any other byte that no key may have.
local keys = {}

local function key_of(path)
	return (path:gsub("[^A-Za-z0-9./-]", function (letter) return string.format("_%02X", letter:byte()) end):gsub("/", ".."))
end

local function problem_of(path)
	if path:find("[%c\\]") or path:find("\xC2[\x80-\x9F]") then
		return "it stands for a control character or a backslash"
	elseif not utf8.len(path) then
		return "it does not stand for UTF-8"
	end
	for part in (path .. "/"):gmatch("(.-)/") do
		if part == "" then
			return "a part of the path is empty"
		elseif part:find("^%.") or part:find("%.$") then
			return "a part of the path begins or ends with a dot"
		end
	end
end

-- The path that a key stands for; or nothing, and what is wrong with the key.
function keys.path(key)
	local path = key:gsub("%.%.", "/"):gsub("_([0-9A-F][0-9A-F])", function (digits)
		return string.char(tonumber(digits, 16))
	end)
	if key_of(path) ~= key then
		return nil, "it is not written as a path is, with _XX for each byte that is not one of A-Z a-z 0-9 . -"
	end
	local problem = problem_of(path)
	if problem then
		return nil, problem
	end
	return path
end

return keys
