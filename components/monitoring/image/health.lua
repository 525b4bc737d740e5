-- Exit status 0 while the container's program answers.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local figures = require "figures"

local asked = {
	prometheus = { 9090, "/-/healthy" };
	alertmanager = { 9093, "/alertmanager/-/healthy" };
	exporters = { 9115, "/-/healthy" };
}

local well, problem = figures.answers(table.unpack(asked[os.getenv("STACK_PROGRAM")]))
if not well then
	print("it has not answered: " .. problem)
	os.exit(1)
end
print("ok")
