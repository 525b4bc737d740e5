-- The checks of the service's recipe: each is a program that is told where the files lie, and fails for what it refuses.
local run = require "deliver.run"

-- Prints what the checks say of the files below a directory. Returns nothing if all pass, else why the first does not.
return function (checks, directory, timeout)
	-- The operator knows the files by where they lie in a release.
	local prefix = directory:gsub("%p", "%%%0") .. "/?"
	for _, check in ipairs(checks) do
		local command = {}
		for i, argument in ipairs(check) do
			command[i] = argument:gsub("{release}", directory)
		end
		local passed, lines = run(command, timeout)
		for i, line in ipairs(lines) do
			lines[i] = line:gsub(prefix, "")
			print(lines[i])
		end
		if not passed then
			return check.reason and check.reason(lines) or lines[#lines] or check[1] .. " failed"
		end
	end
end
