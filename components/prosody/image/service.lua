-- How releases of Prosody's configuration are checked and started: read by deliver.lua and start.lua.
package.path = "/usr/lib/stack/?.lua;" .. package.path

-- The lines of `prosodyctl check config` that name what it fails for; the rest of its output is advice.
local telling = {
	"^Error:?%s*(.+)$";
	"^%s+(You need to move the following options?: .+)$";
	"^%s+(The %S+ in the .+ section should .+)$";
	"^%s+('%S+' %-%- .+)$";
	"^%s+(No .+ [ed]%a+ed[.,].*)$";
	"^%s+(All hosts are disabled.+)$";
	"^%s+(You require encryption but .+)$";
}

local function reason(lines)
	for _, line in ipairs(lines) do
		for _, pattern in ipairs(telling) do
			local found = line:match(pattern)
			if found then
				return found
			end
		end
	end
	return "prosodyctl check config finds a problem, see above"
end

-- The database, with everything in it. A configuration that is not made of our templates has no such table, and looks after
-- itself.
local function needs(release)
	local settings = loadfile(release .. "/settings.lua")
	if not settings then
		return true
	end
	return require "storage" (settings().storage)
end

return {
	checks = {
		{ "/usr/bin/lua5.4", "/usr/lib/stack/check-certificates.lua", "{release}/certs" };
		{ "/usr/bin/prosodyctl", "--config", "{release}/prosody.cfg.lua", "check", "config"; reason = reason };
	};
	locks = { "/var/lib/prosody/.lock" };
	needs = needs;
	start = { "/usr/bin/prosody", "-F", "--config", "{release}/prosody.cfg.lua" };
	answer_timeout = 60;
}
