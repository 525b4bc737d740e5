-- TLS: certificates, versions and ciphers. RFC 7590, RFC 9325, RFC 6125; certificates are re-read at each reload.
-- Prosody takes certs/<domain>.crt with its .key by the names in the certificate; a component's names are in the one of
-- its domain. For an internationalised domain the file bears the ASCII form (xn--…), by which Prosody looks up SNI.
--
-- Options: certificates tls_profile c2s_direct_tls_ssl s2s_ssl s2s_direct_tls_ssl

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"tls"; -- RFC 6120 section 5
	};
})

-- Prosody resolves relative paths against the directory that it was started with, for as long as it runs. A later release
-- brings its own certificates, so the path is taken from where this file lies.
local release = Lua.debug.getinfo(1, "S").source:match("^@(.*)/stack/[^/]+/[^/]+$")

certificates = release .. "/certs"
tls_profile = "intermediate" -- Mozilla's: TLS 1.2 and 1.3 with forward secrecy only

-- Besides the system's authorities: servers whose certificates come from the same private one.
local authority = stack.private_ca and release .. "/certs/ca.crt" or nil
if authority then
	s2s_ssl = { cafile = authority }
end

-- XEP-0368, RFC 7301: said by the server too, so that TLS meant for another protocol does not pass for XMPP's.
c2s_direct_tls_ssl = { alpn = { "xmpp-client" } }
s2s_direct_tls_ssl = { alpn = { "xmpp-server" }; cafile = authority }
