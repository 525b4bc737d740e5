// Debian's Chromium, for what the web client does in a real browser.
import { installPackages } from "../../ops/docker-engine.ts";

/** Makes sure of Chromium with a font, of certutil for its certificate store, and of what its own network is made with. */
export async function ensureBrowser(): Promise<void> {
  await installPackages("chromium", ["chromium", "fonts-dejavu-core"]);
  await installPackages("certutil", ["libnss3-tools"]);
  await installPackages("ip", ["iproute2"]);
  await installPackages("socat", ["socat"]);
}
