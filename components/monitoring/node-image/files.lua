-- Small files of the kernel's.
local files = {}

-- All of it; nothing where it is not there, or no more.
function files.read(path)
	local file = io.open(path)
	local text = file and file:read "a"
	if file then
		file:close()
	end
	return text
end

return files
