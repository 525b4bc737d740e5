-- Which containers of a machine are the stack's: by their mounts, which /proc shows to every user (proc_pid_mountinfo(5)),
-- and by the mark that the platform has given to its own (platform/workload.ts, ContainerMark).
local files = require "files"

-- By where it is mounted: what is mounted there, as a path in its file system, and with what options.
local function mounts_of(process)
	local found = {}
	for line in (files.read(process .. "/mountinfo") or ""):gmatch "[^\n]+" do
		local root, point, options = line:match "^%d+ %d+ %S+ (%S+) (%S+) (%S+)"
		if point then
			found[point] = { root = root, options = options }
		end
	end
	return found
end

local ways = {}

-- Docker: whose files are on that volume. Who delivers them may write there.
function ways.volume(mark, mounted)
	local config = mounted["/config"]
	local volume = config and config.options:find "^ro" and config.root:match "/([^/]+)/_data$" or ""
	return #volume > #mark.prefix + #mark.suffix and volume:sub(1, #mark.prefix) == mark.prefix
		and volume:sub(-#mark.suffix) == mark.suffix and volume:sub(#mark.prefix + 1, -#mark.suffix - 1)
end

-- Kubernetes: the container is called like its workload, in a pod of those that are the stack's.
function ways.pod(_, mounted, pods)
	local ended = mounted["/dev/termination-log"]
	local pod, name = (ended and ended.root or ""):match "/pods/([^/]+)/containers/([^/]+)/"
	return pod and pods[pod] and name
end

-- The pods in which something has that volume.
local function marked(mark, mounts)
	local pods = {}
	for _, mounted in pairs(mounts) do
		for _, mount in pairs(mounted) do
			local pod, volume = mount.root:match "/pods/([^/]+)/volumes/kubernetes%.io~configmap/([^/]+)"
			if volume and volume == mark.volume then
				pods[pod] = true
			end
		end
	end
	return pods
end

-- By workload. Of two, one of which takes the place of the other, the younger one.
return function (containers, mark, workloads)
	local mounts, own, found = {}, {}, {}
	for group, container in pairs(containers) do
		mounts[group] = mounts_of(container.process)
	end
	for _, name in ipairs(workloads) do
		own[name] = true
	end
	local pods = marked(mark, mounts)
	for group, container in pairs(containers) do
		local name = ways[mark.by](mark, mounts[group], pods)
		if name and own[name] and not (found[name] and found[name].started > container.started) then
			found[name] = container
		end
	end
	return found
end
