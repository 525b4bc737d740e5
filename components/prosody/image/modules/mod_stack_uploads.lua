-- For an upload component (mod_http_file_share) behind the front: Prosody decides who may store and read what, and the
-- front moves the bytes, straight between the client and a volume that both see. Prosody's one thread would do that at a
-- fraction of the speed, and everybody would wait meanwhile.
--
--     stack_upload_directory = "/var/lib/prosody-uploads"
--
-- GET /stack_uploads/authorize/<slot>/<name> with the headers of a PUT says by its status whether the front may store it,
-- and under which name in X-Stack-File.
-- The answer to GET /file_share/<slot>/<name> from the front has no body, but the file's name in X-Accel-Redirect.
local modulemanager = require "prosody.core.modulemanager";
local http_server = require "prosody.net.http.server";
local volume = module:require "stack_upload_volume";

module:depends "http";

local directory = module:get_option_path("stack_upload_directory", "/var/lib/prosody-uploads");
local linked, problem = pcall(volume.link, directory);
if not linked then
	module:log("error", "Uploaded files cannot be kept in %s: %s", directory, problem);
end

local refusals = { [401] = 401; [403] = 403 };

-- The module's own decision about a PUT whose body is still to come. What it prepares for that goes with the response.
local function authorize(event, path)
	local headers = event.request.headers;
	if not tonumber(headers.x_content_length) then
		return 403; -- its size is only checked beforehand
	end
	local file_share = modulemanager.get_module(module.host, "http_file_share");
	local upload = {
		headers = { authorization = headers.authorization; content_length = headers.x_content_length };
		body = false;
	};
	local decision = file_share.handle_upload({ request = upload; response = event.response }, path);
	if decision == true then
		event.response.headers.x_stack_file = volume.file_name(path:match("^[^/]+"));
		return 204;
	end
	return refusals[decision.code] or 403;
end

module:provides("http", {
	name = "stack_uploads";
	default_path = "/stack_uploads";
	route = { ["GET /authorize/*"] = authorize };
});

-- Before mod_http_file_share has its turn, which opens the file and would send it.
local function hand_over(event)
	local request, response = event.request, event.response;
	if request.headers.x_stack_front then
		function response:send_file(file)
			file:close();
			local name = volume.file_name(request.path:match("^/file_share/([^/]+)"));
			self.headers.x_accel_redirect = "/stored/" .. name:gsub("%%", "%%25"); -- the front decodes it
			self.headers.content_length, self.headers.accept_ranges = nil, nil; -- the front's to say
			return self:send("");
		end
	end
end

local host = module:get_option_string("http_host", module.host);
module:hook_object_event(http_server, "GET "..host.."/file_share/*", hand_over, 10);
