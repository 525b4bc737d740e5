-- A moment as logs have it: RFC 3339, UTC, to the millisecond.
local function text(time)
	local seconds = math.floor(time);
	return os.date("!%Y-%m-%dT%H:%M:%S", seconds)..string.format(".%03dZ", math.floor((time - seconds) * 1000));
end

return text;
