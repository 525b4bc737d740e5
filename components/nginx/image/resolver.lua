-- resolver.lua RESOLV_CONF OUTPUT
--
-- Nginx resolves names while it runs only through servers that its configuration names. These are the container's own.
local resolver = {}

function resolver.write(resolv_conf, output)
	local servers = {}
	for line in io.lines(resolv_conf) do
		local server = line:match("^%s*nameserver%s+([%x.:]+)")
		if server then
			servers[#servers + 1] = server:find(":", 1, true) and "[" .. server .. "]" or server
		end
	end
	if #servers == 0 then
		servers[1] = "127.0.0.1" -- Nginx wants one; without a network nobody asks it
	end
	local file = assert(io.open(output, "w"))
	file:write("resolver ", table.concat(servers, " "), " valid=10s;\n")
	assert(file:close())
end

-- As a program of its own before a check, else a library.
if arg and arg[0] and arg[0]:find("resolver%.lua$") then
	resolver.write(arg[1], arg[2])
end

return resolver
