// Published ports as Compose writes them.
import { expect, test } from "vitest";
import { composePorts } from "../../../render/compose-ports.ts";

const port = (internal: number, external = internal, ip = "127.0.0.1", protocol = "udp") => ({ internal, external, ip, protocol });

test("three ports in a row, or more, are one line", () => {
  expect(composePorts([port(50), port(51), port(52), port(60), port(61)])).toEqual(["127.0.0.1:50-52:50-52/udp", "127.0.0.1:60:60/udp", "127.0.0.1:61:61/udp"]);
});

test("each address and each protocol has lines of its own, however they are mixed", () => {
  const addresses = ["127.0.0.1", "::1"];
  const mixed = [50, 51, 52].flatMap((number) => addresses.flatMap((ip) => [port(number, number, ip), port(number, number, ip, "tcp")]));
  expect(composePorts(mixed)).toEqual(["127.0.0.1:50-52:50-52/udp", "127.0.0.1:50-52:50-52/tcp", "[::1]:50-52:50-52/udp", "[::1]:50-52:50-52/tcp"]);
});

test("what is not in a row on both sides is no range", () => {
  expect(composePorts([port(50, 150), port(51, 152), port(53, 153)])).toEqual(["127.0.0.1:150:50/udp", "127.0.0.1:152:51/udp", "127.0.0.1:153:53/udp"]);
});
