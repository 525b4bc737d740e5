-- What became of the files that were staged: told in a line, and kept for those who ask later (verdict.lua).
--
-- A verdict has `hash`, of the files that it is about ("-" if they could not even be read); `kind`: delivered, unchanged,
-- checked or refused; and a `message`, where there is more to say.
local verdicts = {}

local path = "/config/.verdict"

function verdicts.line(verdict)
	if verdict.kind == "refused" then
		return "refused: " .. verdict.message
	end
	return verdict.kind .. " " .. verdict.hash .. (verdict.message == "" and "" or ": " .. verdict.message)
end

function verdicts.keep(verdict)
	local file = assert(io.open(path .. ".new", "w"))
	file:write(verdict.hash, " ", verdict.kind, " ", verdict.message, "\n")
	assert(file:close())
	assert(os.rename(path .. ".new", path))
end

function verdicts.forget()
	os.remove(path)
end

-- The last one, or nothing.
function verdicts.last()
	local file = io.open(path)
	if not file then
		return
	end
	local hash, kind, message = (file:read("l") or ""):match("^(%S+) (%l+) (.*)$")
	file:close()
	return hash and { hash = hash, kind = kind, message = message }
end

return verdicts
