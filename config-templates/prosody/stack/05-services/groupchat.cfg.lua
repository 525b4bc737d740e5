-- Group chat: rooms (XEP-0045) with an archive (XEP-0313), stable occupant ids (XEP-0421), avatars (XEP-0486) and
-- names made up by the service (XEP-0307). A new room is private, kept, and known members see each other's addresses, as
-- encryption between them needs.
--
-- Options: name restrict_room_creation muc_room_default_public muc_room_default_members_only muc_room_default_persistent
--   muc_room_default_public_jids muc_room_default_history_length max_history_messages muc_room_locking muc_tombstones
--   muc_tombstone_expiry muc_event_rate muc_burst_factor

local stack = Lua.load(FileContents("../../settings.lua"))()
local modules = Lua.load(FileContents("../../modules.lua"))(stack)

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	modules_enabled(modules.select {
		core = {
			"muc_mam"; -- XEP-0313
			"muc_unique"; -- XEP-0307
		};
		beta = {
			"muc_limits"; -- nobody floods a room
		};
	})
	name = "Group chats"
	restrict_room_creation = "local" -- users of the domain
	muc_room_default_public = false
	muc_room_default_members_only = true
	muc_room_default_persistent = true
	muc_room_default_public_jids = true
	muc_room_default_history_length = 20
	max_history_messages = 50
	muc_room_locking = false -- many clients forget to unlock the room that they made
	muc_tombstones = true
	muc_tombstone_expiry = "31 days"
	muc_event_rate = 0.5 -- events a second
	muc_burst_factor = 10
end
