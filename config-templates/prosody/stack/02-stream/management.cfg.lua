-- Stream management: a client that lost its connection comes back without losing messages (XEP-0198), and a phone in a
-- pocket is spared what can wait (XEP-0352). There are not more sessions than the settings say.
--
-- Options: smacks_hibernation_time smacks_max_queue_size smacks_max_old_sessions smacks_max_inactive_unacked_stanzas
--   smacks_max_ack_delay smacks_enabled_s2s csi_queue_size csi_resume_inactive_delay stack_session_limits

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

modules_enabled(modules.select {
	core = {
		"smacks"; -- XEP-0198
		"csi_simple"; -- XEP-0352
	};
})

modules_enabled { "stack_session_limits" }
stack_session_limits = stack.sessions

smacks_hibernation_time = "10 minutes"
smacks_max_queue_size = 500
smacks_max_old_sessions = 10
smacks_max_inactive_unacked_stanzas = 256
smacks_max_ack_delay = "30 seconds"
smacks_enabled_s2s = true

csi_queue_size = 256
csi_resume_inactive_delay = "5 seconds"
