-- Platform "kubernetes": the front and the kubelet reach a pod by its address, and network policies say who else does.
--
-- Options: http_interfaces

local stack = Lua.load(FileContents("../settings.lua"))()

http_interfaces = stack.use_ipv6 and { "*"; "::" } or { "*" }
