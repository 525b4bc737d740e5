// Debian's Chromium, for what the web client does in a real browser.
import { installPackages } from "../../ops/docker-engine.ts";

/** Makes sure of Chromium with something to write with, and of certutil for its certificate store. */
export async function ensureBrowser(): Promise<void> {
  await installPackages("chromium", ["chromium", "fonts-dejavu-core"]);
  await installPackages("certutil", ["libnss3-tools"]);
}
