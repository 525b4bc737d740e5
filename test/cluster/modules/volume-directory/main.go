// volume-directory makes and removes the directory of a volume for local-path-provisioner, which otherwise asks for an
// image with a shell. It is called as its setupCommand and teardownCommand.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	path := flag.String("p", "", "the directory")
	action := flag.String("a", "", "create or delete")
	flag.String("s", "", "size in bytes, which a directory cannot have")
	flag.String("m", "", "Block or Filesystem")
	flag.Parse()
	if err := perform(*action, *path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func perform(action, path string) error {
	switch action {
	case "create":
		if err := os.MkdirAll(path, 0o777); err != nil {
			return err
		}
		return os.Chmod(path, 0o777) // whatever the umask: pods that are not root write there
	case "delete":
		return os.RemoveAll(path)
	default:
		return fmt.Errorf("-a: found %q, expected create or delete", action)
	}
}
