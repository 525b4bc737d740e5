return {
	archive = {
		messages = 31556952;
		rooms = 31556952;
	};
	audit = {
		keep = 7776000;
		shorten = false;
	};
	components = {};
	domains = {
		{
			admins = {
				{
					secret = "admin-password.admin@xmpp.localhost";
					username = "admin";
				};
			};
			canary = {
				secret = "canary";
				username = "stack-canary";
			};
			contact = {
				abuse = {
					"xmpp:admin@xmpp.localhost";
				};
				admin = {
					"xmpp:admin@xmpp.localhost";
				};
				security = {
					"xmpp:admin@xmpp.localhost";
				};
				support = {
					"xmpp:admin@xmpp.localhost";
				};
			};
			name = "xmpp.localhost";
			proxy = "proxy.xmpp.localhost";
			pubsub = "pubsub.xmpp.localhost";
			rooms = "conference.xmpp.localhost";
			upload = "upload.xmpp.localhost";
			upload_url = "https://upload.xmpp.localhost/";
			url = "https://xmpp.localhost/";
		};
	};
	environment = "development";
	federation = {
		allow = {};
		blocked = {};
		hosts = {};
		mode = "open";
	};
	front = true;
	limits = {
		c2s = {
			burst = "2s";
			rate = "10kb/s";
		};
		s2s = {
			burst = "2s";
			rate = "30kb/s";
		};
	};
	log_format = "text";
	log_level = "info";
	logins = {
		failures_per_account = 5;
		failures_per_address = 20;
		forget_after = 900;
		max_delay = 15;
		shared = {};
	};
	modules = {
		add = {};
		classes = {
			alpha = false;
			beta = true;
			core = true;
			security = true;
		};
		remove = {};
	};
	monitoring = false;
	overrides = false;
	passwords = {
		min_length = 8;
	};
	platform = "docker";
	policies = {
		"security";
	};
	ports = {
		c2s = 5222;
		c2s_direct_tls = 5223;
		c2s_proxied = 15223;
		http = 5280;
		proxy65 = 5000;
		s2s = 5269;
		s2s_direct_tls = 5270;
		s2s_proxied = 15270;
	};
	primary = "xmpp.localhost";
	private_ca = true;
	registration = {
		confirm = true;
		invite_expiry = 604800;
		mode = "closed";
		throttle_max = 5;
		throttle_period = 3600;
	};
	registration_blocklists = {};
	sessions = {
		per_account = 20;
		per_address = 256;
		shared = {};
		total = 500;
	};
	spam = {
		level = "standard";
		quarantine = 3600;
	};
	stack = "dev";
	stanza_size = {
		c2s = 262144;
		s2s = 524288;
	};
	storage = {
		database = "prosody.sqlite";
		driver = "SQLite3";
	};
	trusted_proxies = {
		"172.30.11.0/24";
	};
	uploads = {
		daily_quota = 100000000;
		expires_after = 2592000;
		global_quota = 1000000000;
		size_limit = 10000000;
	};
	use_ipv6 = false;
}
