-- Validation: XML that is not well-formed ends the stream (RFC 6120 section 11), and so does a stanza that is too big;
-- peers are told the limits beforehand (XEP-0478).
--
-- Options: c2s_stanza_size_limit c2s_unauthed_stanza_size_limit c2s_max_child_elements s2s_stanza_size_limit
--   s2s_unauthed_stanza_size_limit s2s_max_child_elements component_stanza_size_limit

local stack = Lua.load(FileContents("../../settings.lua"))()

c2s_stanza_size_limit = stack.stanza_size.c2s
c2s_unauthed_stanza_size_limit = 10000
c2s_max_child_elements = 25000
s2s_stanza_size_limit = stack.stanza_size.s2s
s2s_unauthed_stanza_size_limit = 10000
s2s_max_child_elements = 25000
component_stanza_size_limit = stack.stanza_size.s2s
