-- Exit status 0 while Redis answers, asked through a socket that only its own user reaches: it wants a password of whoever
-- asks.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local resp = require "resp"

local function fail(problem)
	print("Redis has not answered: " .. problem)
	os.exit(1)
end

local connection, problem = resp.connect("/run/redis/redis.sock")
if not connection then
	fail(problem)
end
local answered, answer = pcall(connection.call, connection, "PING")
local text = answered and answer or type(answer) == "table" and answer.problem or tostring(answer)
if text ~= "PONG" and not text:find("^NOAUTH ") then
	fail(text)
end
print("ok")
