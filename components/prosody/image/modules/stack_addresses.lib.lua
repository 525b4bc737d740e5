-- Whom an address stands for, where clients are counted by their addresses.
local ip = require "prosody.util.ip";

-- An address as text; of IPv6 the /64, which is what one customer of a provider has. Nil where there is none.
local function key(text)
	local address = text and ip.new_ip(text);
	if address and address.proto == "IPv6" then
		return ip.truncate(address, 64).normal;
	end
	return address and address.normal;
end

-- Whether it is one of those that anybody may come with, such as that of a proxy: they stand for nobody.
local function is_shared(text, shared)
	local address = text and ip.new_ip(text);
	for _, other in ipairs(shared or {}) do
		if address and address == ip.new_ip(other) then
			return true;
		end
	end
	return false;
end

-- The network that it is in, which is less than who somebody is: the /24, of IPv6 the /48. Nil where there is none.
local function shortened(text)
	local address = text and ip.new_ip(text);
	local bits = address and (address.proto == "IPv6" and 48 or 24);
	return bits and ip.truncate(address, bits).normal.."/"..bits;
end

return { key = key; shortened = shortened; is_shared = is_shared };
