// pod-sandboxes SOCKET ends and removes all pods of a container runtime: their containers with the time to stop that they
// are due, then the pods, so that the network plugins give back what each has.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const secondsToStop = 10

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: pod-sandboxes SOCKET"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	connection, err := grpc.NewClient("unix://"+os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	fail(err)
	runtime := cri.NewRuntimeServiceClient(connection)
	containers, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{})
	fail(err)
	fail(each(containers.Containers, func(one *cri.Container) error {
		_, err := runtime.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: one.Id, Timeout: secondsToStop})
		return err
	}))
	pods, err := runtime.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
	fail(err)
	fail(each(pods.Items, func(one *cri.PodSandbox) error {
		if _, err := runtime.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: one.Id}); err != nil {
			return fmt.Errorf("%s/%s: %w", one.Metadata.Namespace, one.Metadata.Name, err)
		}
		_, err := runtime.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: one.Id})
		return err
	}))
}

// each does something for all of them at once and returns an error if there was one.
func each[T any](all []T, action func(T) error) error {
	errors := make([]error, len(all))
	var group sync.WaitGroup
	for i, one := range all {
		group.Add(1)
		go func() {
			defer group.Done()
			errors[i] = action(one)
		}()
	}
	group.Wait()
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
