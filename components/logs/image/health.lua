-- Exit status 0 while syslog-ng answers, whether or not those do whom it sends lines to.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local answered, lines = require "deliver.run"(require "collector".told("healthcheck", "--timeout=4"), 5)
if not answered then
	print("syslog-ng has not answered: " .. (lines[#lines] or "no word of it"))
	os.exit(1)
end
print("ok")
