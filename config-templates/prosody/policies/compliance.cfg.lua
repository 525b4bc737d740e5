-- Policy "compliance": keep less about people, and forget it sooner. What Prosody can do for a data protection policy; the
-- policy itself, and how long backups live, are elsewhere.
--
-- Options: log_auth_ips default_archive_policy user_tombstone_expiry registration_delete_grace_period
--   registration_notification modules_disabled muc_tombstone_expiry muc_log_by_default

local stack = Lua.load(FileContents("../settings.lua"))()

log_auth_ips = "failure" -- no addresses of those who logged in, whatever another policy or an environment wants
default_archive_policy = "roster" -- messages with contacts; users can choose otherwise (XEP-0441)
user_tombstone_expiry = "30 days"
registration_delete_grace_period = "1 day" -- between a user's wish to be deleted and the deletion
registration_notification = "User $username just registered on $host" -- Prosody's own text has the address in it

modules_disabled {
	"lastactivity"; -- XEP-0012: when somebody was last there
}

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	muc_tombstone_expiry = "7 days"
	muc_log_by_default = false -- a room's owner can switch its log on
end
