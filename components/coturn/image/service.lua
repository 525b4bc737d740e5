-- How Coturn is started, and how renewed certificates are put in force: read by deliver.lua, start.lua and supervise.lua.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local socket = require "posix.sys.socket"
local stat = require "posix.sys.stat"
local unistd = require "posix.unistd"
local configuration = require "configuration"
local service = require "deliver.service"
local stun = require "stun"

-- Coturn reads its certificate through this link again when it is told to.
local link = "/run/coturn/release"
local file_name = "/run/coturn/turnserver.conf"

-- It gives up its statistics for good where Redis is not there when it starts.
local redis_timeout = 60

local function point_at(release)
	os.remove(link .. ".new")
	assert(unistd.link(release, link .. ".new", true))
	assert(os.rename(link .. ".new", link))
end

local function reaches(host, port)
	for _, address in ipairs(socket.getaddrinfo(host, tostring(port), { socktype = socket.SOCK_STREAM }) or {}) do
		local descriptor = socket.socket(address.family, socket.SOCK_STREAM, 0)
		local connected = descriptor and socket.connect(descriptor, address)
		if descriptor then
			unistd.close(descriptor)
		end
		if connected then
			return true
		end
	end
end

local in_force

local function serves(release)
	local settings = configuration.settings(release)
	return stun.answers((configuration.address(settings)), settings.port, 1)
end

local function prepare(release)
	local redis = configuration.settings(release).redis
	print(string.format("waiting for Redis at %s", redis.host))
	assert(service.wait_for(redis_timeout, function () return reaches(redis.host, redis.port) end),
		"Redis has not answered within " .. redis_timeout .. " s")
	in_force = configuration.text(release, link)
	stat.umask(63) -- 0077
	local file = assert(io.open(file_name, "w"))
	file:write(in_force)
	assert(file:close())
	point_at(release)
end

-- The rest of the configuration is read at the start only: what changes it replaces the container.
local function reload(child, release, wait_for)
	if configuration.text(release, link) ~= in_force then
		return nil, "this change needs a restart of Coturn; restart its container"
	end
	point_at(release)
	signal.kill(child, signal.SIGUSR2)
	if not wait_for(10, function () return serves(release) end) then
		return nil, "Coturn does not answer since it was told to read its certificate again"
	end
	return "certificate read again, without a restart"
end

return {
	checks = { { "/usr/bin/lua5.4", "/usr/lib/stack/check-certificates.lua", "{release}/certs" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = { "/usr/bin/lua5.4", "/usr/lib/stack/turnserver.lua", file_name };
		start = function () end;
		prepare = prepare;
		ready = function () return serves(link) end;
		reload = reload;
		stop = { { signal.SIGTERM, 10 } };
	};
}
