// Domain names and JIDs, in the form Prosody keeps them (Unicode) and the form certificates and DNS want (ASCII).
import { isIP } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";

export interface DomainName {
  /** The name as users write it, e.g. `bücher.example`; Prosody's configuration and JIDs use this form (RFC 7622). */
  readonly unicode: string;
  /** The name in DNS and in certificates, e.g. `xn--bcher-kva.example` (RFC 5890). */
  readonly ascii: string;
}

/** The two forms of a domain name; undefined when the text is none (an address, a port, an underscore, too long). */
export function domainName(text: string): DomainName | undefined {
  const ascii = domainToASCII(text);
  const labels = ascii.split(".");
  const valid =
    ascii.length > 0 &&
    ascii.length <= 253 &&
    !isIP(ascii) &&
    !/[\s/:@?#\\]/.test(text) &&
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "");
  return valid ? { unicode: domainToUnicode(ascii), ascii } : undefined;
}

export interface BareJid {
  readonly username: string;
  readonly domain: DomainName;
}

/** A bare JID `user@domain`; undefined when the text is none (RFC 7622 §3.3 lists what a username cannot hold). */
export function bareJid(text: string): BareJid | undefined {
  const at = text.lastIndexOf("@");
  const username = text.slice(0, at).toLowerCase().normalize("NFC");
  const domain = domainName(text.slice(at + 1));
  const valid = at > 0 && Buffer.byteLength(username) <= 1023 && !/["&'/:<>@\s\p{Cc}]/u.test(username);
  return valid && domain ? { username, domain } : undefined;
}

/** A username as a file name that no other username shares: percent-encoded but for unreserved characters. */
export function fileNameOf(jid: BareJid): string {
  return `${encodeURIComponent(jid.username).replaceAll("*", "%2A")}@${jid.domain.ascii}`;
}
