-- Exit status 0 while Coturn answers at the address that clients reach.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local configuration = require "configuration"
local stun = require "stun"

local settings = configuration.settings("/run/coturn/release")
if not stun.answers((configuration.address(settings)), settings.port, 4) then
	print("Coturn has not answered")
	os.exit(1)
end
print("ok")
