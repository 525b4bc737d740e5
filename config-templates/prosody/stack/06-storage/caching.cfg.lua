-- Caching: how much of the database Prosody keeps in its own memory, in entries; sized for a small service.
-- policies/performance has bigger ones. No external cache exists for Prosody.
--
-- Options: gc pep_service_cache_size pep_info_cache_size blocklist_cache_size archive_cleanup_date_cache_size
--   muc_room_cache_size

local stack = Lua.load(FileContents("../../settings.lua"))()

-- Garbage up to half of what lives. Prosody's own 5 % (threshold = 105) spend as much on collecting as on all the rest
-- when a page of an archive is read.
gc = { mode = "incremental", threshold = 150 }
pep_service_cache_size = 1000
pep_info_cache_size = 10000
blocklist_cache_size = 256
archive_cleanup_date_cache_size = 1000

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	muc_room_cache_size = 100
end
