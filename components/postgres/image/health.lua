-- Exit status 0 while PostgreSQL answers a query that reads a table.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local programs = require "programs"

if programs.ask("SELECT count(*) > 0 FROM pg_database WHERE datname = 'prosody'") ~= "t" then
	print("PostgreSQL has not answered")
	os.exit(1)
end
print("ok")
