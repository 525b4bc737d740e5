// What the cluster changes on a machine, and what it leaves alone.
import { describe, expect, it, test } from "vitest";
import { fullName } from "../../../ops/kubernetes/containerd.ts";
import { defaultStorageClass } from "../../../ops/kubernetes/storage-classes.ts";
import { ipv4, nodeInterface } from "../../cluster/addresses.ts";
import { takesPods } from "../../cluster/existing.ts";
import { isInUse } from "../../cluster/host.ts";
import { mountPointsBelow } from "../../cluster/leftovers.ts";
import { overlaps } from "../../cluster/machine.ts";
import { podIsReady } from "../../cluster/readiness.ts";
import { wantedSysctls } from "../../cluster/sysctls.ts";

describe("sysctls", () => {
  const forwards = { "net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1", "fs/inotify/max_user_instances": "1024" };

  it("stay where they are as the cluster needs them", () => expect(wantedSysctls({ ...forwards, "net/ipv6/conf/eth0/accept_ra": "1" })).toEqual({}));

  it("are set where they are not", () => {
    expect(wantedSysctls({ ...forwards, "net/ipv4/ip_forward": "0", "fs/inotify/max_user_instances": "128" })).toEqual({ "net/ipv4/ip_forward": "1", "fs/inotify/max_user_instances": "512" });
  });

  it("keep an interface's routers when IPv6 is forwarded", () => {
    const now = { ...forwards, "net/ipv6/conf/all/forwarding": "0", "net/ipv6/conf/eth0/accept_ra": "1", "net/ipv6/conf/eth1/accept_ra": "0" };
    expect(wantedSysctls(now)).toEqual({ "net/ipv6/conf/all/forwarding": "1", "net/ipv6/conf/eth0/accept_ra": "2" });
    expect(Object.keys(wantedSysctls(now)).at(-1)).toBe("net/ipv6/conf/all/forwarding");
  });

  it("of IPv6 are left alone where there is none", () => expect(wantedSysctls({ "net/ipv4/ip_forward": "1", "fs/inotify/max_user_instances": "1024" })).toEqual({}));
});

test.each([
  ["", false],
  ["*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\nCOMMIT", false],
  ["*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DOCKER-USER\nCOMMIT", true],
  ["*filter\n:FORWARD DROP [0:0]\nCOMMIT", true],
])("a chain of iptables is in use in %j: %s", (saved, used) => expect(isInUse(saved, "FORWARD")).toBe(used));

test("routes and addresses in the way are named, the cluster's own are not", () => {
  expect(overlaps([{ dst: "default", dev: "eth0" }, { dst: "172.17.0.0/16", dev: "docker0" }, { dst: ipv4.services, dev: nodeInterface }])).toEqual([]);
  expect(overlaps([{ dst: "10.89.0.0/24", dev: "podman1" }, { dst: "10.244.0.7", dev: "veth1" }])).toEqual([
    "the tests' cluster needs 10.89.0.1/32, which overlaps 10.89.0.0/24 of podman1",
    "the tests' cluster needs 10.244.0.0/24, which overlaps 10.244.0.7 of veth1",
  ]);
});

test("mounts below a directory come deepest first, with their real names", () => {
  const mounts = "proc /proc proc rw 0 0\ntmpfs /state/a tmpfs rw 0 0\ntmpfs /state/a/b\\040c tmpfs rw 0 0\ntmpfs /state2 tmpfs rw 0 0\n";
  expect(mountPointsBelow(mounts, ["/state"])).toEqual(["/state/a/b c", "/state/a"]);
});

test.each([
  ["debian", "docker.io/library/debian:latest"],
  ["prosody-stack/prosody:1", "docker.io/prosody-stack/prosody:1"],
  ["localhost/pause:1", "localhost/pause:1"],
  ["localhost:5000/pause", "localhost:5000/pause:latest"],
  ["registry.example/a/b:1", "registry.example/a/b:1"],
])("containerd's name for Docker's %s is %s", (reference, name) => expect(fullName(reference)).toBe(name));

test("a pod is ready when its containers were started since", () => {
  const status = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "" }], containerStatuses: [{ state: { running: { startedAt: "2026-01-01T10:00:00Z" } } }] };
  expect(podIsReady({ status }, new Date("2026-01-01T10:00:00.900Z"))).toBe(true);
  expect(podIsReady({ status }, new Date("2026-01-01T10:00:01.000Z"))).toBe(false);
  expect(podIsReady({ status: {} }, new Date(0))).toBe(false);
});

describe("a cluster that is there", () => {
  const ready = { spec: {}, status: { conditions: [{ type: "Ready", status: "True" }] } };

  it("has nodes that take pods and nodes that do not", () => {
    expect(takesPods(ready)).toBe(true);
    expect(takesPods({ ...ready, spec: { taints: [{ effect: "PreferNoSchedule" }] } })).toBe(true);
    expect(takesPods({ ...ready, spec: { taints: [{ effect: "NoSchedule" }] } })).toBe(false);
    expect(takesPods({ ...ready, spec: { unschedulable: true } })).toBe(false);
    expect(takesPods({ ...ready, status: { conditions: [{ type: "Ready", status: "Unknown" }] } })).toBe(false);
  });

  it("has a default StorageClass or none", () => {
    const marked = { metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } };
    expect(defaultStorageClass([{ metadata: { name: "slow" } }, marked])).toBe("fast");
    expect(defaultStorageClass([{ metadata: { name: "slow" } }])).toBeUndefined();
  });
});
