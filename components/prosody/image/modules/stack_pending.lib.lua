-- What of the configuration in memory a reload does not put in force, compared with what runs.
local configmanager = require "prosody.core.configmanager";
local modulemanager = require "prosody.core.modulemanager";
local sorted_pairs = require "prosody.util.iterators".sorted_pairs;

local function by_name(a, b)
	return tostring(a) < tostring(b);
end

local serialize = require "prosody.util.serialization".new({
	preset = "oneline"; fatal = false;
	table_iterator = function (t) return sorted_pairs(t, by_name); end; -- equal tables give equal text
});

-- Read once at the start, by Prosody's core or by its modules that open ports and stores.
local startup_options = {
	"authentication"; "authorization"; "storage"; "default_storage"; "sql"; "data_path"; "plugin_paths"; "pidfile";
	"admin_socket"; "admins"; "interfaces"; "local_interfaces"; "use_ipv4"; "use_ipv6"; "network_backend"; "gc";
	"component_module";
};

local function is_startup_option(name)
	for _, option in ipairs(startup_options) do
		if name == option then return true; end
	end
	return name:match("_ports$") or name:match("_interfaces$");
end

local function configured_hosts()
	local hosts = {};
	for host, options in pairs(configmanager.getconfig()) do
		if host ~= "*" and options.enabled ~= false then
			hosts[host] = true;
		end
	end
	return hosts;
end

local function is_loaded(host, name)
	return modulemanager.is_loaded(host, name) or modulemanager.is_loaded("*", name);
end

-- The modules that the configuration asks for, per host.
local function configured_modules(host)
	local modules, component = modulemanager.get_modules_for_host(host);
	if component then
		modules:add(component);
	end
	return modules;
end

local function startup_values(host)
	local values = {};
	for name, value in pairs(configmanager.getconfig()[host]) do
		if is_startup_option(name) then
			values[name] = serialize(value);
		end
	end
	return values;
end

-- Remembers what the configuration in memory says, to tell later what has changed since.
local function snapshot()
	local at_start = { hosts = configured_hosts(); modules = {}; values = { ["*"] = startup_values("*") } };
	for host in pairs(at_start.hosts) do
		at_start.modules[host] = configured_modules(host);
		at_start.values[host] = startup_values(host);
	end
	return at_start;
end

local function changed_options(found, host, before)
	local shown = host == "*" and "" or " on "..host;
	local after = startup_values(host);
	for name, value in pairs(after) do
		if before[name] ~= value then
			table.insert(found, "option "..name..shown);
		end
	end
	for name in pairs(before) do
		if after[name] == nil then
			table.insert(found, "option "..name..shown);
		end
	end
end

local function changed_modules(found, host, before)
	local wanted = configured_modules(host);
	for name in wanted do
		-- One that the start could not load either will not be loaded by the next.
		if not before:contains(name) and not is_loaded(host, name) then
			table.insert(found, "load "..name.." on "..host);
		end
	end
	for name in before do
		if not wanted:contains(name) and modulemanager.is_loaded(host, name) then
			table.insert(found, "unload "..name.." on "..host);
		end
	end
end

-- A sorted list of what the next restart would change.
local function pending(at_start)
	local found = {};
	local wanted = configured_hosts();
	for host in pairs(wanted) do
		if not prosody.hosts[host] then
			table.insert(found, "add host "..host);
		elseif at_start.hosts[host] then
			changed_modules(found, host, at_start.modules[host]);
			changed_options(found, host, at_start.values[host]);
		end
	end
	for host in pairs(prosody.hosts) do
		if not wanted[host] then
			table.insert(found, "remove host "..host);
		end
	end
	changed_options(found, "*", at_start.values["*"]);
	table.sort(found);
	return found;
end

return { snapshot = snapshot; pending = pending };
