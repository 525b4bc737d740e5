-- The configuration that Coturn reads: the release's, and what is known only where it runs.
local addresses = require "addresses"

local configuration = {}

local function read(path)
	local file = assert(io.open(path))
	local content = file:read("a")
	file:close()
	return content
end

-- What the program that made the release says besides: external_address, domain, port, tcp_ports, redis.
function configuration.settings(release)
	return assert(loadfile(release .. "/settings.lua", "t", {}))()
end

-- Where clients reach it in this container.
function configuration.address(settings)
	local ipv4, ipv6 = addresses.ipv4(), addresses.ipv6()
	if settings.external_address:find(":", 1, true) then
		return assert(ipv6, "there is no way out by IPv6, which external_address is of"), ipv4
	end
	return assert(ipv4, "there is no way out by IPv4, which external_address is of"), ipv6
end

-- `link` leads to the release in force, for what is read again.
function configuration.text(release, link)
	local settings = configuration.settings(release)
	local own, other = configuration.address(settings)
	local redis = string.format('"ip=%s dbname=0 port=%d connect_timeout=5 password=%s"',
		settings.redis.host, settings.redis.port, read(release .. "/secrets/redis-password"))
	local lines = {
		read(release .. "/turnserver.conf"),
		"listening-ip=" .. own,
		-- A client that tells addresses of the other version is served, and its relay is of this one.
		other and "listening-ip=" .. other or "",
		"relay-ip=" .. own,
		"external-ip=" .. settings.external_address .. "/" .. own,
		-- Two clients of this server reach each other through it: what they know as its external address is this one.
		"allowed-peer-ip=" .. own,
		"cert=" .. link .. "/certs/" .. settings.domain .. ".crt",
		"pkey=" .. link .. "/certs/" .. settings.domain .. ".key",
		"redis-userdb=" .. redis,
		"redis-statsdb=" .. redis,
	}
	-- Everything is spoken on these as well; published is TCP, which is told apart from TLS.
	for _, port in ipairs(settings.tcp_ports) do
		for _, address in ipairs { own, other } do
			local host = address:find(":", 1, true) and "[" .. address .. "]" or address
			lines[#lines + 1] = "aux-server=" .. host .. ":" .. port
		end
	end
	return table.concat(lines, "\n") .. "\n"
end

return configuration
