-- Environment "development": room for experiments by hand, and errors that explain themselves.
--
-- Options: http_errors_detailed c2s_timeout smacks_hibernation_time log_auth_ips

http_errors_detailed = true
c2s_timeout = "1 hour" -- a stream that is typed by hand
smacks_hibernation_time = "1 minute" -- lost sessions disappear while one is still looking
log_auth_ips = "all"
