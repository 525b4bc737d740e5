-- check-configuration.lua RELEASE
--
-- Has syslog-ng read the configuration of a release, which names its other files by where they are once it is in force.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local unistd = require "posix.unistd"
local collector = require "collector"

collector.prepare(arg[1])
local command = collector.command("--syntax-only")
local _, problem = unistd.execp(command[1], table.move(command, 2, #command, 1, {}))
print(problem)
os.exit(1)
