// What script adds to pages that work without it. Strict CSP: no inline code, no eval. Templates speak to it through data-* attributes.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/* A cookie for a year: what the server should know of this browser. */
function remember(name, value, age = 31536000) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=${age};samesite=lax${secure}`;
}

/* The time zone of the viewer (the server shows times in it). */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`tz=${zone}`)) remember("tz", zone);

/* Light, dark, or as the system says. */
function theme(choice) {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme; else root.dataset.theme = choice;
  remember("theme", choice === "system" ? "" : choice, choice === "system" ? 0 : undefined);
  $$("[data-theme-choice]").forEach(button => button.setAttribute("aria-pressed", String(button.value === choice)));
}
function otherTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return (document.documentElement.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
}

/* Says something in the corner and to screen readers. */
function say(text) {
  const toast = document.createElement("div");
  toast.className = "toast t-ok";
  toast.append(document.createElement("i"), Object.assign(document.createElement("span"), { textContent: text }));
  $("#toasts")?.append(toast);
  setTimeout(() => toast.remove(), 4000);
}

/* Good news leaves by itself, unless somebody is at it; the rest stays until it is dismissed. */
function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000, toast);
  else toast.remove();
}
$$("#toasts > .t-ok").forEach(toast => setTimeout(leave, 8000, toast));

async function copy(button) {
  const source = $(button.dataset.copy);
  const text = source.value ?? source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {                       // no clipboard without https: select it and ask the browser
    getSelection().selectAllChildren(source);
    if (!document.execCommand("copy")) return;
  }
  say(button.dataset.copied);
}

const closeMenus = except => $$("details.pop[open]").forEach(menu => { if (menu !== except) menu.open = false; });

document.addEventListener("click", event => {
  closeMenus(event.target.closest("details.pop"));
  const target = event.target.closest("button, a");
  if (!target) return;
  if (target.matches("[aria-disabled=true]")) event.preventDefault();
  else if (target.matches("[data-dismiss]")) target.closest(".toast").remove();
  else if (target.matches("[data-copy]")) copy(target);
  else if (target.matches("[data-theme-toggle]")) { event.preventDefault(); theme(otherTheme()); }
  else if (target.matches("[data-theme-choice]")) { event.preventDefault(); theme(target.value); }
});

document.addEventListener("change", event => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", event => {
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = $(".list [type=search]") || $('[data-key="/"]');
    if (field && !$("dialog[open]")) { event.preventDefault(); field.focus(); field.select(); }
  }
  if (event.key === "Escape") {
    const menu = $("details.pop[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
    else if (!typing && !$("dialog[open], :popover-open")) $(".panel [data-close]")?.click();
  }
});

/* Browsers leave what is visible in part where it is. */
document.addEventListener("focusin", event => {
  if (event.target.matches(":focus-visible")) event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

/* A form is sent once; a second click while it is under way changes nothing. */
document.addEventListener("submit", event => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});
addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => delete form.dataset.sent));
