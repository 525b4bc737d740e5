-- turnserver.lua CONFIGURATION
--
-- Becomes Coturn. Its log goes through a process beside it: Coturn writes the password of Redis there.
local unistd = require "posix.unistd"

local reader, writer = assert(unistd.pipe())
if assert(unistd.fork()) == 0 then
	unistd.close(writer)
	unistd.dup2(reader, 0)
	unistd.close(reader)
	io.stdout:setvbuf("line")
	for line in io.lines() do
		print((line:gsub("password=[^%s\"]+", "password=…")))
	end
	os.exit(0)
end
unistd.close(reader)
unistd.dup2(writer, 1)
unistd.dup2(writer, 2)
unistd.close(writer)
assert(unistd.execp("/usr/bin/turnserver", { [0] = "turnserver", "-c", arg[1] }))
