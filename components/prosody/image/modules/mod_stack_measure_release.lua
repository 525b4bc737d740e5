-- Measures what is in force: how reloads went, how old the configuration is, and until when the certificates are valid that
-- it has. What a port really shows is for somebody outside to look at.
module:set_global();

local lfs = require "lfs";
local x509 = require "openssl.x509";
local certmanager = require "prosody.core.certmanager";
local measures = module:require "stack_measures";

local reloads = module:shared("/*/stack_reload/state");

local answers = measures.counter("releases", "", "Releases of the configuration, by how it went", { "result" });
local success = measures.gauge("last_release_success", "", "Whether the last one went well"):with_labels();
local when = measures.gauge("last_release_timestamp", "seconds", "When that was, in Unix time"):with_labels();
local made = measures.gauge("configuration_timestamp", "seconds",
	"When the release in force was delivered, in Unix time"):with_labels();
local expiry = measures.gauge("certificate_issued_expiry_timestamp", "seconds",
	"When the certificate in the files of a host ends, in Unix time", { "host" });

-- [path] = { modification, end }
local ends = {};

local function end_of(path)
	local modification = lfs.attributes(path, "modification");
	local known = ends[path];
	if known and known.modification == modification then
		return known.to;
	end
	local file = io.open(path);
	local text = file and file:read("a") or "";
	if file then
		file:close();
	end
	local parsed, certificate = pcall(x509.new, text, "PEM");
	local to = parsed and select(2, certificate:getLifetime()) or nil;
	ends[path] = { modification = modification; to = to };
	return to;
end

module:hook("stats-update", function ()
	for _, result in ipairs { "ok"; "failed" } do
		answers:with_labels(result):set(reloads[result] or 0);
	end
	if reloads.last then
		success:set(reloads.last == "ok" and 1 or 0);
		when:set(reloads.time);
	end
	made:set(lfs.attributes(prosody.paths.config, "modification") or 0);
	for host in pairs(prosody.hosts) do
		local found = certmanager.find_host_cert(host);
		local to = found and end_of(found.certificate);
		if to then
			expiry:with_labels(host):set(to);
		end
	end
	for path in pairs(ends) do
		if not lfs.attributes(path, "mode") then
			ends[path] = nil; -- of a release that is gone
		end
	end
end);
