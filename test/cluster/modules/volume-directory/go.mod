module cluster/volume-directory

go 1.24
