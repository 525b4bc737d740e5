-- Exit status 0 while rounds of probes begin at their times, whatever they find out.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local answered, text = require "answers"("/healthy", 4)
print(text)
os.exit(answered and 0 or 1)
