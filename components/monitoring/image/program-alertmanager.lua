-- Alertmanager: https://prometheus.io/docs/alerting/latest/alertmanager/
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local figures = require "figures"
local reloading = require "reloading"

return {
	checks = { { "/usr/bin/amtool", "check-config", "{release}/alertmanager.yml" } };
	start = { "/usr/bin/lua5.4", "/usr/lib/stack/supervise.lua", "{release}" };
	locks = { "/var/lib/alertmanager/instance" };
	supervised = {
		command = {
			"/usr/bin/prometheus-alertmanager";
			"--config.file=" .. reloading.link .. "/alertmanager.yml";
			"--storage.path=/var/lib/alertmanager/data";
			"--web.listen-address=:9093";
			"--web.route-prefix=/alertmanager";
			"--web.external-url=" .. (os.getenv("STACK_EXTERNAL_URL") or "http://alertmanager/alertmanager");
			"--cluster.listen-address="; -- there is one
			"--log.level=info";
		};
		start = function () end;
		prepare = reloading.prepare;
		ready = function () return figures.answers(9093, "/alertmanager/-/ready") end;
		reload = reloading.by_signal(9093, "/alertmanager/metrics", "alertmanager");
		stop = { { signal.SIGTERM, 10 } };
	};
}
