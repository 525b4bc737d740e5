-- Headers of the PROXY protocol, version 1 (text) and 2 (binary): who the client is of a connection that was passed on.
-- https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt
local net = require "prosody.util.net";

local signature = "\r\n\r\n\0\r\nQUIT\n"; -- of version 2; the shortest header of either version is longer
local text_limit = 107;
local binary_limit = 16 + 1024; -- addresses take 36 bytes, the rest is for the front's additions (TLVs)

-- How many bytes can be read without going beyond the header that begins like this: 0 if it is complete; nil and the
-- reason if it is none.
local function missing(header)
	if #header < #signature then
		return #signature - #header;
	elseif header:sub(1, #signature) == signature then
		if #header < 16 then
			return 16 - #header;
		end
		local size = 16 + string.unpack(">I2", header, 15);
		if size > binary_limit then
			return nil, "header too long";
		end
		return size - #header;
	elseif header:sub(1, 6) ~= "PROXY " then
		return nil, "no PROXY protocol header";
	elseif header:sub(-2) == "\r\n" then
		return 0;
	elseif #header >= text_limit then
		return nil, "header too long";
	end
	return 1;
end

local function parse_text(header)
	if header:find("^PROXY UNKNOWN[ \r]") then
		return {};
	end
	local family, address, port = header:match("^PROXY TCP([46]) ([%x.:]+) [%x.:]+ (%d+) %d+\r\n$");
	local packed = family and net.pton(address);
	if not packed or #packed ~= (family == "4" and 4 or 16) or tonumber(port) > 65535 then
		return nil, "malformed header";
	end
	return { address = net.ntop(packed); port = tonumber(port) };
end

local address_sizes = { [0x11] = 4; [0x21] = 16 }; -- TCP over IPv4, over IPv6

local function parse_binary(header)
	local command, family = header:byte(13, 14);
	if command == 0x20 then -- LOCAL: a connection of the front's own
		return {};
	elseif command ~= 0x21 then
		return nil, "unknown version or command";
	elseif family == 0x00 then -- of unknown origin
		return {};
	end
	local size = address_sizes[family];
	if not size or #header < 16 + 2 * size + 4 then
		return nil, "malformed header";
	end
	return { address = net.ntop(header:sub(17, 16 + size)); port = string.unpack(">I2", header, 17 + 2 * size) };
end

-- The client that a complete header names, { address, port }, empty if it names none; nil and the reason if the header is
-- malformed.
local function parse(header)
	if header:sub(1, #signature) == signature then
		return parse_binary(header);
	end
	return parse_text(header);
end

return { missing = missing; parse = parse };
