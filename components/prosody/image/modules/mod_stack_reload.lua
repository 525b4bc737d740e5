-- Puts a new release of the configuration in force while Prosody runs, and says how that went.
--
--     stack_config = "/config"     where `current` is a link to the release in force
--     stack_answers = "/answers"   where `applied` has the answer and `alive` is locked while Prosody lives
--
-- See components/base/deliver.lua, which waits for the answer.
--
-- For other modules, in module:shared("/*/stack_reload/state"): `ok` and `failed`, how many releases went well and did not,
-- `last`, how the last one did, and `time`, when that was.
module:set_global();

local lfs = require "lfs";
local certificates = module:require "stack_certificates";
local changes = module:require "stack_pending";
local log_errors = module:require "stack_log_errors";

module:depends("stack_health");

local config = module:get_option_string("stack_config", "/config");
local answers = module:get_option_string("stack_answers", "/answers");

local state = module:shared("/*/stack_reload/state");

local function release_path(hash)
	return config.."/releases/"..hash;
end

-- Prosody is started with the release itself, not with the link: so the name of the file tells what is loaded.
local loaded = prosody.config_file:match("/releases/(%x+)/[^/]*$");
local settled; -- the release that the last answer was about
local busy = false;
local at_start = module.saved_state and module.saved_state.at_start or changes.snapshot();

local function answer(hash, verdict, message)
	-- One line, and files by where they lie in a release.
	message = message:gsub(config.."/releases/%x+/", ""):gsub("%s+", " ");
	local path = answers.."/applied";
	local file = assert(io.open(path..".new", "w"));
	file:write(hash, " ", verdict, " ", message, "\n");
	assert(file:close());
	assert(os.rename(path..".new", path));
	state[verdict], state.last, state.time = (state[verdict] or 0) + 1, verdict, os.time();
	module:log(verdict == "ok" and "info" or "error", "Release %s: %s", hash, message);
end

-- From now on files are looked for in that release, also those named relative to the configuration.
local function point_at(hash)
	local path = release_path(hash);
	prosody.config_file = path.."/prosody.cfg.lua"; -- luacheck: ignore 122
	-- mod_firewall and the TLS contexts' files go by this one.
	prosody.paths.config = path; -- luacheck: ignore 122
	certificates.look_in(path);
end

-- Reloads, and returns what is wrong: the configuration cannot be read, or something in it cannot be put in force, which
-- Prosody only logs as an error and then goes on without.
local function reload()
	certificates.renew_contexts_of_ports();
	local errors = log_errors.collect();
	local ran, ok, problem = pcall(prosody.reload_config);
	log_errors.stop();
	if not ran then
		return ok;
	end
	return not ok and problem or errors[1];
end

local function ok_message(what)
	local list = changes.pending(at_start);
	if #list > 0 then
		return what.."; takes effect at the next restart: "..table.concat(list, ", ");
	end
	return what;
end

local function apply(hash)
	if hash == loaded and settled == nil then
		answer(hash, "ok", ok_message("started"));
		return;
	end
	point_at(hash);
	local problem = reload();
	if problem then
		if loaded then
			point_at(loaded);
		end
		answer(hash, "failed", problem);
	else
		loaded = hash;
		answer(hash, "ok", ok_message("applied without a restart"));
	end
end

local function look()
	local target = lfs.symlinkattributes(config.."/current", "target");
	local hash = target and target:match("^releases/(%x+)$");
	if hash and hash ~= settled and not busy then
		busy = true;
		-- Where Prosody itself reloads on a signal: what a reload calls may have to wait for something.
		prosody.main_thread:run(function ()
			local ran, problem = pcall(apply, hash);
			if not ran then
				module:log("error", "Release %s: no answer can be given: %s", hash, problem);
			end
			settled, busy = hash, false;
		end);
	end
	return 1;
end

-- Closing this file, or another handle of it in this process, lets go of the lock.
local alive;

function module.load()
	alive = assert(io.open(answers.."/alive", "a"));
	assert(lfs.lock(alive, "w"), "another Prosody runs on the same volumes");
	prosody.started:next(function ()
		look();
		module:add_timer(1, look);
	end);
end

function module.unload()
	alive:close();
end

function module.save()
	return { at_start = at_start };
end
