-- Counts logins by mechanism and how they end: "success", or the condition that the client is told (RFC 6120 §6.5).
if module:get_host_type() ~= "local" then
	return;
end

local measures = module:require "stack_measures";

-- Those of Prosody and its modules, with channel binding where they have it.
local mechanism_of = measures.one_of {
	"PLAIN"; "SCRAM-SHA-1"; "SCRAM-SHA-1-PLUS"; "SCRAM-SHA-256"; "SCRAM-SHA-256-PLUS"; "OAUTHBEARER"; "EXTERNAL"; "ANONYMOUS";
	"HT-SHA-256-NONE"; "HT-SHA-256-UNIQ"; "HT-SHA-256-ENDP"; "HT-SHA-256-EXPR"; -- fast re-login (XEP-0484)
};
local result_of = measures.one_of {
	"aborted"; "account-disabled"; "credentials-expired"; "encryption-required"; "incorrect-encoding"; "invalid-authzid";
	"invalid-mechanism"; "malformed-request"; "mechanism-too-weak"; "not-authorized"; "temporary-auth-failure";
};

local logins = measures.counter("logins", "", "Logins of clients", { "host"; "mechanism"; "result" });

local function count(session, result)
	local handler = session.sasl_handler;
	logins:with_labels(module.host, mechanism_of(handler and handler.selected), result):add(1);
end

-- A counter that begins with its first failure shows no increase. Without a database there is no mechanism yet.
local usual = {
	"other"; "PLAIN"; "SCRAM-SHA-1"; "SCRAM-SHA-1-PLUS"; "SCRAM-SHA-256"; "SCRAM-SHA-256-PLUS"; "HT-SHA-256-NONE";
};
for _, mechanism in ipairs(usual) do
	for _, result in ipairs { "success"; "not-authorized"; "temporary-auth-failure" } do
		logins:with_labels(module.host, mechanism, result):add(0);
	end
end

module:hook("authentication-success", function (event)
	count(event.session, "success");
end);

-- After mod_stack_login_delay, which may have found another condition; mod_sasl2 has it as the message.
module:hook("authentication-failure", function (event)
	count(event.session, result_of(event.condition or event.message));
end, -1000);

-- What mod_stack_login_delay refuses before anybody looks at it, for there is no database to look in.
module:hook("stack-login-unavailable", function (event)
	count(event.session, "temporary-auth-failure");
end);
