-- Exit status 0 while node exporter answers.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local well, problem = require "figures".answers(9100, "/")
if not well then
	print("it has not answered: " .. problem)
	os.exit(1)
end
print("ok")
