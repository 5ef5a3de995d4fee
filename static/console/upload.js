// Sends a file in pieces as soon as it is chosen or dropped, goes on after a break, and lets the console read it.
const wait = seconds => new Promise(done => setTimeout(done, seconds * 1000));

/* A call that is tried until the console answers; `told` says meanwhile that it is away. */
async function call(address, options, told) {
  for (let pause = 1; ; pause = Math.min(pause * 2, 30)) {
    try {
      const answer = await fetch(address, options);
      if (![429, 502, 503, 504].includes(answer.status)) return answer;
    } catch { /* no connection */ }
    told();
    await wait(pause);
  }
}

class Upload {
  constructor(zone, file) {
    this.zone = zone;
    this.file = file;
    this.form = zone.closest("form");
    this.token = { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value };
    this.line = zone.querySelector("[data-progress]");
    this.line.hidden = false;
  }

  say(text, part) {
    this.line.querySelector("output").textContent = text;
    if (part !== undefined) this.line.querySelector("progress").value = part;
  }

  show(offset) {
    const part = Math.floor(100 * offset / this.file.size);
    const amount = bytes => `${(bytes / 1024 ** 2).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;
    this.say(`${part} % · ${amount(offset)} / ${amount(this.file.size)}`, part);
  }

  async call(address, options) {
    const answer = await call(address, { headers: this.token, ...options }, () => this.say(this.zone.dataset.broken));
    const data = await answer.json().catch(() => ({}));  // a page: that of an error, or of the sign-in
    if (!("offset" in data)) throw new Error(data.detail || (answer.redirected ? this.zone.dataset.ended : answer.statusText));
    return data;
  }

  async send() {
    const { name, size, lastModified } = this.file;
    const body = new URLSearchParams({ name, size, modified: lastModified });
    const { id, offset, piece } = await this.call(this.zone.dataset.upload, { method: "POST", body });
    const address = `${this.zone.dataset.upload}${id}`;
    for (let at = offset; at < size;) {
      this.show(at);
      ({ offset: at } = await this.call(`${address}?offset=${at}`, { method: "PUT", body: this.file.slice(at, at + piece) }));
    }
    this.show(size);
    this.say(this.zone.dataset.sent);
    this.form.elements.upload.value = id;
    this.form.elements.file.value = "";
    this.form.requestSubmit(this.form.elements.read);
  }
}

async function begin(zone, file) {
  if (!file || zone.dataset.busy) return;
  zone.dataset.busy = "1";
  const upload = new Upload(zone, file);
  try {
    await upload.send();
  } catch (fault) {
    upload.say(fault.message);
  }
  delete zone.dataset.busy;
}

for (const zone of document.querySelectorAll("[data-upload]")) {
  const { file, read } = zone.closest("form").elements;
  read.hidden = true;
  file.addEventListener("change", () => begin(zone, file.files[0]));
  const page = document.documentElement;
  page.addEventListener("dragover", event => { event.preventDefault(); zone.classList.add("over"); });
  page.addEventListener("dragleave", event => { if (!event.relatedTarget) zone.classList.remove("over"); });
  page.addEventListener("drop", event => {
    event.preventDefault();
    zone.classList.remove("over");
    begin(zone, event.dataTransfer.files[0]);
  });
}
