// What people do in the web client (Converse.js 14), by what they see there.
import type { Browser, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { Witness } from "./chromium.ts";

export interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export class ConversePage {
  readonly page: Page;
  /** What goes on in it. */
  readonly witness: Witness;

  private constructor(page: Page, witness: Witness) {
    this.page = page;
    this.witness = witness;
  }

  /** Opens the page for somebody who was never there and likes German, and waits for the login form. */
  static async open(browser: Browser, url: string): Promise<ConversePage> {
    const context = await browser.newContext({ locale: "de-DE", viewport: { width: 1280, height: 800 } });
    const witness = await Witness.of(context);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(url);
    await page.locator("#converse-login").waitFor();
    return new ConversePage(page, witness);
  }

  /** Logs in, and waits until its own status is shown. */
  async login(jid: string, password: string): Promise<void> {
    await this.page.locator("input[name=jid]").fill(jid);
    await this.page.locator("input[name=password]").fill(password);
    await this.page.locator("#converse-login [type=submit]").click();
    await this.page.locator("converse-user-profile [data-value=online]").waitFor();
  }

  /** Asks for a contact, under a name; the chat opens. */
  async addContact(jid: string, name: string): Promise<void> {
    await this.page.locator("converse-roster .dropdown-toggle").first().click();
    await this.page.locator("converse-roster .add-contact").click();
    await this.submit("converse-add-contact-modal", { jid, name });
    await this.page.locator("converse-chat-heading:visible", { hasText: name }).waitFor();
    await this.archiveRead(jid);
  }

  /** Takes who has asked for it as a contact, under a name. */
  async acceptContact(jid: string, name: string): Promise<void> {
    const request = this.page.locator("converse-roster-contact", { has: this.page.locator(`[data-jid="${jid}"]`) });
    await request.locator(".dropdown-toggle").click();
    await request.locator(".accept-xmpp-request").click();
    await this.submit("converse-accept-contact-request-modal", { name });
    await request.locator(".remove-xmpp-contact").waitFor({ state: "attached" });
  }

  /** Opens the chat with a contact. */
  async openChat(jid: string): Promise<void> {
    await this.page.locator(`converse-roster .open-chat[data-jid="${jid}"]`).click();
    await this.archiveRead(jid);
  }

  /** Joins a room, or makes it under a name. */
  async openRoom(jid: string, name = jid): Promise<void> {
    await this.page.locator("converse-rooms-list .dropdown-toggle").first().click();
    await this.page.locator("converse-rooms-list .show-add-muc-modal").click();
    await this.submit("converse-add-muc-modal", { chatroom: name });
    await this.page.locator(`converse-muc[jid="${jid}"] .chat-textarea`).waitFor();
    await this.archiveRead(jid);
  }

  /** Writes into the chat or room that is open. */
  async send(text: string): Promise<void> {
    const field = this.page.locator(".chat-textarea:visible");
    await field.fill(text);
    await field.press("Enter");
  }

  /** Chooses a file to be sent into the chat or room that is open. */
  async sendFile(file: File): Promise<void> {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.locator("converse-chat-toolbar:visible button", { has: this.page.locator(".fa-paperclip") }).click();
    await (await chooser).setFiles(file);
  }

  /** Waits until what is sent into the chat or room that is open will be encrypted. */
  async encrypted(): Promise<void> {
    await this.page.locator(".toggle-omemo:visible .fa-lock").waitFor();
  }

  /** A message that is shown, once it is. @throws with what is shown instead */
  async message(text: string): Promise<Locator> {
    const message = this.page.locator(".chat-msg:visible", { hasText: text });
    try {
      await message.waitFor();
    } catch (cause) {
      const shown = await this.page.locator("converse-chat-message:visible, .modal:visible").allInnerTexts();
      throw new Error(`"${text}" is not shown; what is: ${JSON.stringify(shown)}; errors: ${JSON.stringify(this.witness.errors)}; archive: ${JSON.stringify(this.witness.archiveQueries)}`, { cause });
    }
    return message;
  }

  /** Width in pixels of the picture in the last message that has one, once it is loaded. */
  async pictureWidth(): Promise<number> {
    const picture = this.page.locator(".chat-msg:visible img.chat-image").last();
    await picture.waitFor();
    return picture.evaluate(async (element: unknown) => {
      const image = element as { decode(): Promise<void>; naturalWidth: number };
      await image.decode();
      return image.naturalWidth;
    });
  }

  /** The value that a CSS property has in the end. */
  async style(selector: string, property: string): Promise<string> {
    return this.page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}")`);
  }

  /**
   * Waits until it has read the archive of a chat or room that it opened. Converse.js 14 takes a message that comes meanwhile
   * both from the archive and from the stream, and cannot decrypt it a second time ("Bad MAC").
   */
  private async archiveRead(jid: string): Promise<void> {
    const queries = () => this.witness.archiveQueries.filter(({ stanza }) => stanza.includes(jid)).map(({ answered }) => answered);
    await expect.poll(queries, { timeout: 30_000, message: `queries of the archive for ${jid}` }).toContain(true);
  }

  private async submit(modal: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const form = this.page.locator(`${modal} form`);
    for (const [name, value] of Object.entries(fields)) await form.locator(`input[name=${name}]`).fill(value);
    await form.locator("[type=submit]").click();
    await form.waitFor({ state: "hidden" });
  }
}
