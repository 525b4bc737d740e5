-- Grafana, which runs in its own image: here its files are delivered alone, and no program of theirs is there to check them.
return { checks = {} }
