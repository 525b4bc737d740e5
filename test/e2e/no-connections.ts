// Loaded into a command before its own code: what it connects to never answers, as a server does that is not up yet.
import { Socket } from "node:net";

Socket.prototype.connect = function connect(this: Socket) {
  setInterval(() => undefined, 60_000); // as a real connection keeps the process alive
  return this;
};
