-- Policy "performance": memory for speed. Bigger caches, a garbage collector that suits many short-lived objects (20 % more
-- memory a session, less CPU), and no counting of whole archives for each page that a client reads from them.
--
-- Options: gc network_default_read_size mam_include_total pep_service_cache_size pep_info_cache_size blocklist_cache_size
--   archive_cleanup_date_cache_size muc_log_include_total muc_room_cache_size

local stack = Lua.load(FileContents("../settings.lua"))()

gc = { mode = "generational" }
network_default_read_size = 16384 -- bytes
mam_include_total = false
pep_service_cache_size = 5000
pep_info_cache_size = 50000
blocklist_cache_size = 2048
archive_cleanup_date_cache_size = 5000

for _, domain in Lua.ipairs(stack.domains) do
	Component (domain.rooms) "muc"
	mam_include_total = false
	muc_log_include_total = false
	muc_room_cache_size = 1000
end
