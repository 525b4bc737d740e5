-- check-certificates DIRECTORY
--
-- Each <name>.crt is a chain of certificates that are valid now, each issued by the next, and belongs to <name>.key.
-- ca.crt is the private authority, whose key is not here. Prosody itself would start with what fails here, and then
-- offer no TLS for that domain. The last line tells what is wrong.
local lfs = require "lfs"
local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"

local directory = arg[1]

local function refuse(...)
	print(string.format(...))
	os.exit(1)
end

local function read(name)
	local file, problem = io.open(directory .. "/" .. name)
	if not file then
		return nil, problem
	end
	local content = file:read("a")
	file:close()
	return content
end

local function chain_of(name)
	local content = read(name)
	-- Prosody looks at nothing else to tell a certificate from other files.
	if not content or not content:find("^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\r?\n") then
		refuse("certs/%s does not begin with a certificate in PEM form", name)
	end
	local chain = {}
	for pem in content:gmatch("%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-.-%-%-%-%-%-END CERTIFICATE%-%-%-%-%-\r?\n?") do
		local parsed, certificate = pcall(x509.new, pem, "PEM")
		if not parsed then
			refuse("certs/%s: certificate %d cannot be read", name, #chain + 1)
		end
		chain[#chain + 1] = certificate
	end
	if #chain == 0 then
		refuse("certs/%s: the certificate has no end", name)
	end
	return chain
end

local function check_chain(name, chain)
	local now = os.time()
	for i, certificate in ipairs(chain) do
		local from, to = certificate:getLifetime()
		if now > to then
			refuse("certs/%s: certificate %d expired on %s", name, i, os.date("!%Y-%m-%d %H:%M UTC", math.floor(to)))
		elseif now < from then
			refuse("certs/%s: certificate %d is not valid before %s", name, i,
				os.date("!%Y-%m-%d %H:%M UTC", math.floor(from)))
		end
		local issuer = chain[i + 1]
		if issuer and not certificate:isIssuedBy(issuer) then
			refuse("certs/%s: certificate %d is not issued by the one that follows it", name, i)
		end
	end
end

local function check_key(name, certificate)
	local key_name = name:gsub("%.crt$", ".key")
	local content = read(key_name)
	if not content then
		refuse("certs/%s has no key: certs/%s is missing", name, key_name)
	elseif content:find("ENCRYPTED") then
		refuse("certs/%s is protected by a passphrase, which nobody could enter", key_name)
	end
	local parsed, key = pcall(pkey.new, content)
	if not parsed then
		refuse("certs/%s cannot be read as a private key", key_name)
	elseif not content:find("PRIVATE KEY") then
		refuse("certs/%s has no private key", key_name)
	elseif key:toPEM("public") ~= certificate:getPublicKey():toPEM("public") then
		refuse("certs/%s is not the key of certs/%s", key_name, name)
	end
end

local names = {}
if lfs.attributes(directory, "mode") == "directory" then
	for name in lfs.dir(directory) do
		names[#names + 1] = name
	end
end
table.sort(names)

local checked = 0
for _, name in ipairs(names) do
	if name:find("%.crt$") then
		local chain = chain_of(name)
		check_chain(name, chain)
		if name ~= "ca.crt" then
			check_key(name, chain[1])
		end
		checked = checked + 1
	elseif name:find("%.key$") and not lfs.attributes(directory .. "/" .. name:gsub("%.key$", ".crt")) then
		refuse("certs/%s has no certificate", name)
	end
end
print(string.format("%d certificates checked", checked))
