-- Exit status 0 while Prosody's event loop turns, see mod_stack_health.
local lfs = require "lfs"

local path = "/run/prosody/heartbeat"
local limit = 10

local beat = lfs.attributes(path, "modification")
if not beat then
	print("Prosody is not running")
	os.exit(1)
end
local age = os.time() - beat
if age > limit then
	print(string.format("Prosody has not answered for %d s", age))
	os.exit(1)
end
print("ok")
