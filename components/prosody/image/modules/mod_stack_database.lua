-- Keeps a database on the network that is away from stopping everything else.
--
-- Prosody asks its database and waits, and so do all sessions. While it is away each of its queries would wait for a
-- connection anew. Here one that could not be made closes the way: further queries fail at once, until a connection that
-- nobody waits for shows that somebody listens there again. Its address is libpq's from then on (PGHOSTADDR): looking up
-- a name that is gone can take libpq longer than it may connect.
--
-- For other modules, in module:shared("/*/stack_database/state"): `failures`, how many transactions failed so far, and
-- `away`, whether the database is.
module:set_global();

local cache = require "prosody.util.cache";
local basic_resolver = require "prosody.net.resolvers.basic";
local connect_tcp = require "prosody.net.connect".connect;
local now = require "prosody.util.time".monotonic;
local setenv = require "posix.stdlib".setenv;

local engines = module:shared("/*/sql/connections");
local state = module:shared("/*/stack_database/state");
state.failures = state.failures or 0;

local retry_interval = 1; -- while nobody listens there
local longest_pause = 30; -- while somebody listens and does not let us in, who may block us at each attempt

-- Prosody keeps the contact list of somebody who is offline also where it could not be read: as an empty one, for as long as
-- nobody pushes it out, and contacts at other servers are told that they are no contacts.
local function keep_no_broken_rosters(host)
	local rosters = cache.new(1024); -- as in core.rostermanager
	prosody.hosts[host].roster_cache = {
		get = function (_, jid) return rosters:get(jid); end;
		set = function (_, jid, roster)
			local broken = roster and roster[false] and roster[false].broken;
			return rosters:set(jid, not broken and roster or nil);
		end;
	};
end

-- Tells once, without waiting, whether somebody takes connections there.
local function probe(params, listening, silent)
	connect_tcp(basic_resolver.new(params.host, params.port, "tcp"), {
		onconnect = function (connection)
			setenv("PGHOSTADDR", connection:ip());
			connection:close();
			listening();
		end;
		onfail = silent;
		ondisconnect = function () end;
		onincoming = function () end;
	});
end

local function guard(engine)
	if engine.stack_guarded or not engine.params.host then
		return;
	end
	engine.stack_guarded = true;
	local connect, transaction = engine.connect, engine.transaction;
	local away_since;
	local pause = retry_interval;

	local look;
	local function later(seconds)
		module:add_timer(seconds, function () look(); end);
	end

	local function reconnect()
		state.away = false;
		if engine:connect() then
			module:log("info", "The database is back after %.0f s", now() - away_since);
			away_since, pause = nil, retry_interval;
		end
	end

	local function nobody_listens()
		later(retry_interval);
	end

	function look()
		probe(engine.params, reconnect, nobody_listens);
	end

	function engine:connect()
		if self.conn then
			return true;
		elseif state.away then
			return nil, "the database is away";
		end
		local connected, problem = connect(self);
		if connected then
			return connected;
		end
		state.away = true;
		if not away_since then
			away_since = now();
			module:log("error", "The database is away, messages are bounced until it is back: %s", problem);
		end
		later(pause);
		pause = math.min(2 * pause, longest_pause);
		return nil, problem;
	end

	local function nothing() end
	probe(engine.params, nothing, nothing); -- for the address

	-- LuaDBI 0.7.4: a statement that is collected reaches for its connection, which may be gone by then, and Prosody with it
	-- (SIGSEGV). One that was closed and is still there is left alone.
	local retired = {};

	function engine:transaction(...)
		local connection = self.conn;
		local results = table.pack(transaction(self, ...));
		if connection and self.conn ~= connection then
			retired[#retired + 1] = connection;
			connection:close();
		end
		if not results[1] then
			state.failures = state.failures + 1;
		end
		return table.unpack(results, 1, results.n);
	end
end

module:hook("host-activated", keep_no_broken_rosters);
for host in pairs(prosody.hosts) do
	keep_no_broken_rosters(host);
end

prosody.started:next(function ()
	for _, engine in pairs(engines) do
		guard(engine);
	end
end);
