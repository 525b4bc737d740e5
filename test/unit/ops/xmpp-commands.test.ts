// npm run xmpp: what it says to words that it does not know.
import { expect, test } from "vitest";
import { OperatorError } from "../../../ops/errors.ts";
import { xmpp } from "../../../ops/xmpp-commands.ts";

test.each([
  [[], /^expected a command\nUsage: npm run xmpp -- [^]*invite/],
  [["--stack", "home"], /^expected a command\n/],
  [["invit"], /^unknown command 'invit'/],
  [["invite", "ida", "ben"], /^too many arguments/],
  [["invite", "--for", "ida"], /^unknown option '--for'/],
])("%j", async (args, message) => {
  const refused = xmpp(args);
  await expect(refused).rejects.toThrow(OperatorError);
  await expect(refused).rejects.toThrow(message);
});
