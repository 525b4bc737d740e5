-- Exit status 0 while node exporter answers.
local http = require "socket.http"

http.TIMEOUT = 4

local _, status = http.request("http://127.0.0.1:9100/")
if status ~= 200 then
	print("it has not answered: " .. tostring(status))
	os.exit(1)
end
print("ok")
