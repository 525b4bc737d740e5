-- Measures what is stored: accounts and rooms. Prosody waits for its database while they are counted, so that is done by
-- itself, once a minute at most, and the more seldom the longer it takes; a scrape gets what was found last.
module:set_global();

local storagemanager = require "prosody.core.storagemanager";
local usermanager = require "prosody.core.usermanager";
local monotonic = require "prosody.util.time".monotonic;
local measures = module:require "stack_measures";

local database = module:shared("/*/stack_database/state");

local accounts = measures.gauge("registered_accounts", "", "Accounts", { "host" });
local rooms = measures.gauge("rooms", "", "Rooms, those that nobody is in too", { "host" });
local failures = measures.counter("database_failures", "", "Transactions with the database that failed"):with_labels();
local away = measures.gauge("database_away", "", "Whether the database is away"):with_labels();

local shortest = 60; -- seconds
local share = 1 / 500; -- of the time at most is for counting

local function number_of(iterator, ...)
	local number = 0;
	for _ in iterator, ... do
		number = number + 1;
	end
	return number;
end

local function count_rooms(host, muc)
	local stored, problem = storagemanager.open(host, "persistent"):get(nil);
	if not stored and problem then
		return;
	end
	stored = stored or {};
	local number = number_of(pairs(stored));
	for room in muc.live_rooms() do
		number = number + (stored[room.jid] and 0 or 1);
	end
	rooms:with_labels(host):set(number);
end

local function count()
	for host, host_session in pairs(prosody.hosts) do
		local muc = host_session.modules.muc;
		if muc then
			count_rooms(host, muc);
		elseif host_session.type == "local" then
			accounts:with_labels(host):set(number_of(usermanager.users(host)));
		end
	end
end

prosody.started:next(function ()
	module:add_timer(1, function ()
		local begun = monotonic();
		if not database.away then
			local ran, problem = pcall(count);
			if not ran then
				module:log("warn", "Accounts and rooms could not be counted: %s", problem);
			end
		end
		return math.max(shortest, (monotonic() - begun) / share);
	end);
end);

module:hook("stats-update", function ()
	failures:set(database.failures or 0);
	away:set(database.away and 1 or 0);
end);
