-- Makes the database cluster on a new volume: whole, or not at all.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local stat = require "posix.sys.stat"
local unistd = require "posix.unistd"
local programs = require "programs"
local run = require "deliver.run"
local tree = require "deliver.tree"

local cluster = {}

-- @see https://www.postgresql.org/docs/17/app-initdb.html
local function initialize(directory)
	local made, lines = run(programs.command("initdb", "--pgdata=" .. directory, "--username=postgres",
		"--data-checksums", "--auth=reject", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C",
		"--builtin-locale=C.UTF-8", "--no-instructions"), 120)
	if not made then
		error(table.concat(lines, "\n"), 0)
	end
end

-- Where there is none yet. One that was begun and not finished is begun again.
function cluster.ensure()
	if not stat.stat(programs.data .. "/PG_VERSION") then
		local unfinished = programs.data .. ".new"
		tree.remove(unfinished)
		initialize(unfinished)
		assert(os.rename(unfinished, programs.data))
		tree.sync("/var/lib/postgresql")
	end
	-- A volume's driver may have opened it to the group, and then PostgreSQL refuses to start.
	assert(stat.chmod(programs.data, 448)) -- 0700
	-- Left by a server that was killed: as process 1 of a container the next one would take it for its own.
	unistd.unlink(programs.data .. "/postmaster.pid")
end

return cluster
