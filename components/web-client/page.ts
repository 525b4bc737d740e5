// The page of a domain's site. Scripts and styles are files of their own: the site allows none within a page.
import { assetsPath } from "./assets.ts";

export interface Page {
  /** What the browser shows as the title. */
  readonly name: string;
  /** URI of the logo, which is the page's icon too. */
  readonly logo: string;
  /** BCP 47; none for the browser's. */
  readonly language: string | undefined;
}

/** The text of index.html. Converse.js finds its WebAssembly through the address of its script element. */
export function indexPage({ name, logo, language }: Page): string {
  return `<!DOCTYPE html>
<html${language === undefined ? "" : ` lang="${escaped(language)}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${escaped(name)}</title>
<link rel="icon" href="${escaped(logo)}">
<link rel="stylesheet" href="${assetsPath}/converse.min.css">
<link rel="stylesheet" href="/theme.css">
<script type="module" src="${assetsPath}/converse.min.js"></script>
<script type="module" src="/start.js"></script>
</head>
<body class="converse-fullscreen">
<noscript>This page is a chat client and needs JavaScript. Any XMPP client works with this address as well.</noscript>
</body>
</html>
`;
}

/** A text as HTML shows it, in an element and in a quoted attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
