-- Keeps uploaded files on a volume of their own, so that they can fill it and nothing else. Where mod_http_file_share looks
-- for them, there is a link to <root>/<host name, in ASCII>. Files of before move there.
local lfs = require "lfs";
local stat = require "posix.sys.stat";
local dm = require "prosody.core.storagemanager".olddm;
local to_ascii = require "prosody.util.encodings".idna.to_ascii;

local function path_of(slot)
	return dm.getpath(slot, module.host, "http_file_share", "bin");
end

local place = path_of("any"):match("^(.*)/[^/]*$");

-- The name of an upload's file, as mod_http_file_share has it.
local function file_name(slot)
	return path_of(slot):match("[^/]*$");
end

local function make(path)
	if not lfs.attributes(path, "mode") then
		assert(lfs.mkdir(path));
	end
end

-- The source goes only once the copy is whole.
local function move(name, volume)
	local from, to = place.."/"..name, volume.."/"..name;
	local source = assert(io.open(from, "rb"));
	local copy = assert(io.open(to..".new", "wb"));
	for chunk in function () return source:read(65536); end do
		assert(copy:write(chunk));
	end
	source:close();
	assert(copy:close());
	assert(stat.chmod(to..".new", 432)); -- 0660: the front reads it by its group
	assert(os.rename(to..".new", to));
	assert(os.remove(from));
end

local function move_all(volume)
	local moved = 0;
	for name in lfs.dir(place) do
		if name ~= "." and name ~= ".." then
			move(name, volume);
			moved = moved + 1;
		end
	end
	assert(lfs.rmdir(place));
	module:log("info", "%d uploaded files moved to %s", moved, volume);
end

local function link(root)
	local volume = root.."/"..to_ascii(module.host);
	make(place:match("^(.*)/[^/]*$"));
	make(volume);
	assert(stat.chmod(volume, 1528)); -- 02770: the front stores files here, and they belong to the group of both
	local mode = lfs.symlinkattributes(place, "mode");
	if mode == "directory" then
		move_all(volume);
	elseif mode == "link" then
		if lfs.symlinkattributes(place, "target") == volume then
			return;
		end
		assert(os.remove(place));
	end
	assert(lfs.link(volume, place, true));
end

return { file_name = file_name; link = link };
