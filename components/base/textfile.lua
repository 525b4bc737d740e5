-- Figures for the node exporter's collector `textfile`.
-- https://prometheus.io/docs/instrumenting/exposition_formats/
local textfile = {}

-- Of each metric its `name`, `type`, `help` and `samples`: { { "label", "its value", number }, … }. The file is there as a
-- whole or not at all.
function textfile.write(path, metrics)
	local file = assert(io.open(path .. ".new", "w"))
	for _, metric in ipairs(metrics) do
		file:write("# HELP ", metric.name, " ", metric.help, "\n# TYPE ", metric.name, " ", metric.type, "\n")
		for _, sample in ipairs(metric.samples) do
			local labels = {}
			for i = 1, #sample - 1, 2 do
				labels[#labels + 1] = string.format("%s=\"%s\"", sample[i], sample[i + 1])
			end
			local braces = #labels > 0 and "{" .. table.concat(labels, ",") .. "}" or ""
			file:write(metric.name, braces, string.format(" %.15g\n", sample[#sample]))
		end
	end
	assert(file:close())
	assert(os.rename(path .. ".new", path))
end

return textfile
