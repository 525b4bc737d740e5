-- What a line to Prosody's shell is about, without what it says: there may be a password in it.

-- As `prosodyctl shell user create …` sends it: a table of words as Lua writes it.
local function words_of(line)
	local chunk = line:find("^{") and load("return "..line, "=shell", "t", {});
	local ran, words = pcall(chunk or error);
	return ran and type(words) == "table" and words or nil;
end

local function address_in(text)
	return type(text) == "string" and text:match("^[^%s@]+@[^%s@]+$") or nil;
end

local function name_in(text)
	return type(text) == "string" and text:match("^[%a_][%w_]*$") or nil;
end

-- @returns the command, such as "user:create", or "lua" for anything else that is run; and the account that comes first, if
-- one does
local function read(line)
	local words = words_of(line);
	if words then
		local section, command = name_in(words[1]), name_in(words[2]);
		return section and command and section..":"..command or section or "lua", address_in(words[3]);
	end
	local section, command, rest = line:match("^([%a_][%w_]*):([%a_][%w_]*)%s*(.*)$");
	if section then
		return section..":"..command, address_in(rest:match("^%(%s*\"([^\"]*)\"") or rest:match("^%(%s*'([^']*)'"));
	end
	return line:match("^[%a_]+$") or "lua";
end

return { read = read };
