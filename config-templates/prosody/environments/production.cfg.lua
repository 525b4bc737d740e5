-- Environment "production": idle connections do not pile up, and after a restart users come back before housekeeping starts.
--
-- Options: c2s_timeout cron_initial_delay

c2s_timeout = "1 minute"
cron_initial_delay = 300 -- seconds; expiry jobs and hundreds of logins would share one core and one database connection
