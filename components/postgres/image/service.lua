-- How releases of PostgreSQL's configuration are checked, started and put in force: read by deliver.lua, start.lua and
-- supervise.lua.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stat = require "posix.sys.stat"
local unistd = require "posix.unistd"
local cluster = require "cluster"
local programs = require "programs"

-- The first complaint without its time and process: `unrecognized configuration parameter "x" in file "…" line 3`. The
-- last one only says that there were some; that the volume is not there, where the check runs, is none.
local function reason(lines)
	for _, line in ipairs(lines) do
		local found = line:match("LOG:%s+(.+)") or line:match("FATAL:%s+(.+)")
		if found and not found:find("^skipping missing configuration file") then
			return found
		end
	end
	return lines[#lines]
end

local function point_at(release)
	os.remove(programs.release .. ".new")
	assert(unistd.link(release, programs.release .. ".new", true))
	assert(os.rename(programs.release .. ".new", programs.release))
end

-- Roles, their passwords and the database, as the release has them. The passwords' file comes first.
local function apply_roles(release)
	local done, lines = programs.psql(30, "--file=" .. release .. "/secrets/passwords.psql",
		"--file=" .. release .. "/roles.sql")
	if not done then
		return nil, "the roles could not be set up: " .. (lines[#lines] or "no answer")
	end
	return true
end

local serving, said

local function ready()
	if not serving and programs.ask("SELECT 1") == "1" then
		local done, problem = apply_roles(unistd.readlink(programs.release))
		if not done and problem ~= said then
			print(problem)
		end
		serving, said = done, problem
	end
	return serving
end

-- What the server says about the files that it has read last; an unknown name in pg_hba.conf shows here only.
local complaints = [[
SELECT coalesce((
	SELECT format('%s line %s: %s', sourcefile, sourceline, error) FROM pg_file_settings
	WHERE error IS NOT NULL AND error <> 'setting could not be applied' LIMIT 1
), (
	SELECT format('%s line %s: %s', file_name, line_number, error) FROM pg_hba_file_rules WHERE error IS NOT NULL LIMIT 1
), '')]]

local function reload(server, release, wait_for)
	local previous = unistd.readlink(programs.release)
	local before = programs.ask("SELECT pg_conf_load_time()")
	if not before then
		return nil, "PostgreSQL does not answer, see its log"
	end
	point_at(release)
	local complaint = programs.ask(complaints)
	if complaint ~= nil and complaint ~= "" then
		point_at(previous)
		return nil, complaint
	end
	signal.kill(server, signal.SIGHUP)
	local read = wait_for(30, function ()
		local now = programs.ask("SELECT pg_conf_load_time()")
		return now and now ~= before
	end)
	if not read then
		point_at(previous)
		return nil, "PostgreSQL has not read the new configuration, see its log"
	end
	local done, problem = apply_roles(release)
	if not done then
		return nil, problem
	end
	return "applied without a restart"
end

-- Where there are backups: what the workload that makes them reaches this one's files through.
local function beside(release)
	if not stat.stat(release .. "/pgbackrest") then
		return {}
	end
	return { { "/usr/bin/pgbackrest", "server", "--config-include-path=" .. programs.release .. "/pgbackrest" } }
end

-- Reads the whole configuration and starts nothing.
local check = programs.command("postgres", "-D", "{release}", "-C", "port")
check.reason = reason

return {
	checks = { check };
	locks = { "/var/lib/postgresql/.lock" };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = programs.command("postgres", "-D", programs.data,
			"-c", "config_file=" .. programs.release .. "/postgresql.conf");
		start = cluster.ensure;
		prepare = point_at;
		ready = ready;
		ready_timeout = 300; -- after a crash it replays its log first
		reload = reload;
		beside = beside;
		stop = { { signal.SIGINT, 25 }, { signal.SIGQUIT, 5 } }; -- fast, then immediate
	};
}
