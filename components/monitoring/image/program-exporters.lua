-- The blackbox exporter, and beside it those of the services that the stack has: each asks its service when it is asked
-- itself.
--
-- exporters.lua of a release returns, for each that is to run: `postgres`, `redis` and `nginx`, as below.
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local stdlib = require "posix.stdlib"
local figures = require "figures"
local reloading = require "reloading"

-- Docker's DNS may answer nothing for the name of a container that is stopped. Go's own resolver waits for that as long as
-- Prometheus does for a scrape, or longer: it would say that the exporter is down, and never that its service is.
-- https://pkg.go.dev/net#hdr-Name_Resolution, resolv.conf(5)
stdlib.setenv("GODEBUG", "netdns=cgo")
stdlib.setenv("RES_OPTIONS", "timeout:1 attempts:1")

local commands = {}

-- It takes its connection from the environment, the password from a file:
-- https://github.com/prometheus-community/postgres_exporter
function commands.postgres(it)
	stdlib.setenv("DATA_SOURCE_URI", it.uri)
	stdlib.setenv("DATA_SOURCE_USER", it.user)
	stdlib.setenv("DATA_SOURCE_PASS_FILE", reloading.link .. "/secrets/postgres")
	return {
		"/usr/bin/prometheus-postgres-exporter", "--web.listen-address=:9187", "--log.level=warn";
		"--collector.long_running_transactions", "--collector.stat_checkpointer";
	}
end

-- https://github.com/oliver006/redis_exporter
function commands.redis(it)
	return {
		"/usr/bin/prometheus-redis-exporter", "-web.listen-address=:9121", "-redis.addr=" .. it.address;
		"-redis.user=" .. it.user, "-redis.password-file=" .. reloading.link .. "/secrets/redis.json";
		"-count-keys=" .. it.counted, "-config-command=-", "-exclude-latency-histogram-metrics", "-redis-only-metrics";
	}
end

-- https://github.com/nginxinc/nginx-prometheus-exporter
function commands.nginx(it)
	return {
		"/usr/bin/prometheus-nginx-exporter", "--web.listen-address=:9113", "--nginx.scrape-uri=" .. it.uri;
		"--log.level=warn";
	}
end

return {
	checks = { { "/usr/bin/prometheus-blackbox-exporter", "--config.check", "--config.file={release}/blackbox.yml" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	supervised = {
		command = {
			"/usr/bin/prometheus-blackbox-exporter", "--config.file=" .. reloading.link .. "/blackbox.yml";
			"--web.listen-address=:9115", "--log.level=warn";
		};
		start = function () end;
		prepare = reloading.prepare;
		ready = function () return figures.answers(9115, "/-/healthy") end;
		reload = reloading.by_signal(9115, "/metrics", "blackbox_exporter");
		-- At SIGHUP they end, and are started again with the files of the next release.
		beside = function (release)
			local found = {}
			for name, it in pairs(assert(loadfile(release .. "/exporters.lua", "t", {}))()) do
				found[#found + 1] = commands[name](it)
			end
			return found
		end;
		stop = { { signal.SIGTERM, 10 } };
	};
}
