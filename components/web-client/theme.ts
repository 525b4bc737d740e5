// The operator's colours over those of Converse.js, whose themes are CSS variables.
import type { Settings } from "../../settings/schema.ts";

type Colors = Settings["webClient"]["colors"];

/** Themes of Converse.js: a background that is set decides for both, else the browser's preference does. */
export function themesOf({ background }: Colors): { readonly theme: string; readonly dark_theme: string } {
  if (background === undefined) return { theme: "classic", dark_theme: "dracula" };
  const theme = isDark(background) ? "dracula" : "classic";
  return { theme, dark_theme: theme };
}

/** The text of theme.css: the logo's place, the ground behind chats, and what the colours change. */
export function themeStyles({ primary, background }: Colors): string {
  const variables: Record<string, string> = {
    ...(background === undefined ? {} : { "background-color": background, "background-color-rgb": rgb(background).join(", ") }),
    ...(primary === undefined
      ? {}
      : {
          "primary-color": primary,
          "primary-color-hover": primary,
          "primary-rgb": rgb(primary).join(", "),
          "brand-heading-color": primary,
          "chat-color": primary,
          "controlbox-color": primary,
          "focus-color": primary,
          "heading-color": primary,
          "link-color": primary,
          "link-color-hover": primary,
          "muc-color": primary,
          "button-text-color": isDark(primary) ? "#ffffff" : "#000000",
        }),
  };
  const lines = Object.entries(variables).map(([name, value]) => `  --${name}: ${value} !important;\n`);
  return lines.length === 0 ? base : `${base}\n/* Converse.js marks some of its own as important. */\n.conversejs[data-converse-theme] {\n${lines.join("")}}\n`;
}

/** Converse.js leaves white what no chat covers, in its dark themes too. */
const base = `.conversejs.converse-fullscreen {
  background-color: var(--background-color);
}
converse-brand-logo img {
  display: block;
  width: auto;
  max-width: 80%;
  height: 6rem;
  margin: 0 auto;
}
converse-brand-logo .brand-name {
  display: block;
  overflow-wrap: anywhere;
  font: 2rem/1.4 var(--heading-font);
  text-align: center;
  color: var(--brand-heading-color);
}
`;

/** Whether white text is read better on it than black (WCAG 2.2: relative luminance, the contrast of both being the same at 0.179). */
function isDark(color: string): boolean {
  const [red, green, blue] = rgb(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179;
}

function rgb(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
