-- Which of the image's programs this container runs; how each is checked, started and told of other files stands in a file
-- of its own. Read by deliver.lua, start.lua and supervise.lua.
return dofile("/usr/lib/stack/program-" .. assert(os.getenv("STACK_PROGRAM"), "STACK_PROGRAM is not set") .. ".lua")
