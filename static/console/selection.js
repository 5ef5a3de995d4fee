// Ticked rows and what may be done with them. The server's verdicts travel with the row and are asked again on POST.
// A row holds one element with data-no: JSON, action → the sentence why not. Buttons have data-act; the list of reasons data-why-list.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const boxes = () => $$("tbody .pick input[type=checkbox]");

function refusals(box) {
  const holder = box.dataset.no ? box : $("[data-no]", box.closest("tr"));
  return holder ? JSON.parse(holder.dataset.no) : {};
}

/* The first refusal of an action; with several rows ticked it names the row. */
function reason(action, ticked, nothing) {
  if (!ticked.length) return nothing;
  for (const box of ticked) {
    const why = refusals(box)[action];
    if (why) return ticked.length > 1 ? `${why} (${box.dataset.name})` : why;
  }
  return "";
}

function lineOf(index, why, buttons, anything, icon) {
  const line = document.createElement("li"), text = document.createElement("span");
  line.id = `why-${index}`;
  buttons.forEach(button => button.setAttribute("aria-describedby", line.id));
  if (anything) {
    const names = document.createElement("b");
    names.textContent = buttons.map(button => button.textContent.trim()).join(", ") + ":";
    text.append(names, " ");
  }
  text.append(why);
  if (icon) line.append(icon.cloneNode(true));
  line.append(text);
  return line;
}

const wordsOf = lines => lines.map(line => line.textContent.trim()).join("\n");

function selection() {
  const all = boxes(), ticked = all.filter(box => box.checked), head = $("[data-all]"), list = $("[data-why-list]");
  if (head) {
    head.checked = ticked.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  $$("[data-picked]").forEach(element => {
    element.hidden = !ticked.length;
    $("[data-n]", element).textContent = ticked.length;
  });
  if (!list || !all.length) return;
  const icon = $("svg", list) || list.icon;
  list.icon = icon;
  const said = new Map();
  $$("[data-act]").forEach(button => {
    const why = reason(button.dataset.act, ticked, list.dataset.first);
    // aria-disabled, not disabled: the button stays reachable by keyboard and can say why
    if (!why) {
      ["aria-disabled", "aria-describedby", "data-why"].forEach(name => button.removeAttribute(name));
      return;
    }
    button.dataset.why = why;
    button.setAttribute("aria-disabled", "true");
    if (!said.has(why)) said.set(why, []);
    said.get(why).push(button);
  });
  const before = wordsOf([...list.children]);
  const lines = [...said].map(([why, buttons], index) => lineOf(index, why, buttons, ticked.length, icon));
  if (before !== wordsOf(lines)) list.replaceChildren(...lines);
}

document.addEventListener("change", event => {
  if (event.target.matches("[data-all]")) boxes().forEach(box => { box.checked = event.target.checked; });
  if (event.target.matches("[data-all], tbody .pick input")) selection();
});
document.addEventListener("click", event => {
  if (!event.target.closest("[data-clear]")) return;
  boxes().forEach(box => { box.checked = false; });
  selection();
});
document.addEventListener("htmx:afterSettle", selection);
addEventListener("pageshow", selection);   // the browser restores ticked boxes on the way back
selection();
