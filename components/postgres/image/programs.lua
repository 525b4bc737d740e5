-- Where PostgreSQL's programs and files are, and how SQL is run as its superuser: through the socket, by being its user.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local run = require "deliver.run"

local programs = {
	data = "/var/lib/postgresql/17";
	socket = "/run/postgresql";
	-- The server reads its configuration through this link again at each reload, so that what it reads is of one release.
	release = "/run/postgresql/release";
}

local bin = "/usr/lib/postgresql/17/bin/"

-- The command line of one of PostgreSQL's own programs.
function programs.command(name, ...)
	return { bin .. name, ... }
end

-- Runs psql as the superuser; returns whether it ended well, and its output as a list of lines.
function programs.psql(timeout, ...)
	return run(programs.command("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
		"--host=" .. programs.socket, "--username=postgres", "--dbname=postgres", ...), timeout)
end

-- The answer to a query of one row with one column; nothing while there is none.
function programs.ask(query)
	local answered, lines = programs.psql(5, "--command=" .. query)
	return answered and lines[1] or nil
end

return programs
