module prosody-stack/test/cluster/pause

go 1.24
