// Starts Converse.js with this domain's settings, under the operator's name and logo. Its own heading, links and footer
// are left out: the footer loads its sponsors' logos from their site.
import { name, settings } from "./settings.js";

const logo = document.querySelector("link[rel=icon]").href;

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

class Brand extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(element("img", { src: logo, alt: "" }), element("span", { className: "brand-name", textContent: name }));
  }
}

class Footer extends HTMLElement {
  connectedCallback() {
    const source = element("a", { href: "https://github.com/conversejs/converse.js", textContent: "Converse.js", target: "_blank", rel: "noopener noreferrer" });
    this.replaceChildren(element("p", { className: "text-center" }));
    this.firstChild.append(source, " (MPL-2.0)");
  }
}

class Nothing extends HTMLElement {}

// Converse.js defines its elements when it is initialized, but for those that there are by then.
customElements.define("converse-brand-logo", Brand);
customElements.define("converse-footer", Footer);
customElements.define("converse-controlbox-navbar", Nothing);

window.converse.initialize({ ...settings, notification_icon: logo });
