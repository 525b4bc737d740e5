-- LDAP: accounts of a directory (RFC 4511) in place of Prosody's own. Only where the settings name one.
-- In mode "bind" the directory checks the password, which means SASL PLAIN: no SCRAM and no channel binding.
-- In mode "getpasswd" the directory gives out clear-text passwords, and SCRAM works.
--
-- Options: authentication ldap_server ldap_tls ldap_base ldap_scope ldap_filter ldap_rootdn ldap_password ldap_mode

local stack = Lua.load(FileContents("../../settings.lua"))()

if stack.ldap then
	ldap_server = stack.ldap.server
	ldap_tls = stack.ldap.tls
	ldap_base = stack.ldap.base
	ldap_scope = "subtree"
	ldap_filter = stack.ldap.filter
	ldap_rootdn = stack.ldap.rootdn
	ldap_password = FileLine("../../secrets/" .. stack.ldap.secret)
	ldap_mode = stack.ldap.mode

	for _, domain in Lua.ipairs(stack.domains) do
		VirtualHost (domain.name)
		authentication = "ldap"
	end
end
