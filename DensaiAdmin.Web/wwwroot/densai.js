// One small script for every page, before and after sign-in. It needs neither Blazor nor a circuit: where Blazor runs
// it redraws freely, so everything listens on the document and looks elements up when it needs them.
(() => {
  "use strict";
  const root = document.documentElement;
  const pad = (n) => String(n).padStart(2, "0");

  // ---- clock: the server's time, ticked here -------------------------------------------------------------------
  // Each header carries the server's instant; a slow line only makes it older, so the largest difference is the truest.
  let offset = null;
  const seen = new WeakSet();
  function tick() {
    for (const el of document.querySelectorAll("time[data-clock]")) {
      if (!seen.has(el)) {
        seen.add(el);
        const difference = Number(el.dataset.clock) - Date.now();
        offset = offset === null ? difference : Math.max(offset, difference);
        showTextSize();
      }
      const jst = new Date(Date.now() + offset + 9 * 3600e3);
      const [y, m, d] = [jst.getUTCFullYear(), pad(jst.getUTCMonth() + 1), pad(jst.getUTCDate())];
      const [h, i, s] = [pad(jst.getUTCHours()), pad(jst.getUTCMinutes()), pad(jst.getUTCSeconds())];
      // Blazor keeps a hold of this text node: change what it says, do not replace it.
      const text = el.firstChild ?? el.appendChild(document.createTextNode(""));
      text.data = `${y}年${m}月${d}日 ${h}時${i}分${s}秒`;
      el.dateTime = `${y}-${m}-${d}T${h}:${i}:${s}+09:00`;
    }
  }

  // ---- 文字サイズ ---------------------------------------------------------------------------------------------------
  function showTextSize() {
    for (const button of document.querySelectorAll("[data-text-size-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.textSizeSet === root.dataset.textSize));
    }
  }
  function setTextSize(size) {
    root.dataset.textSize = size;
    document.cookie = `__Host-densai-text-size=${size}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
    showTextSize();
  }

  // ---- password fields -----------------------------------------------------------------------------------------
  function showPassword(button, show) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    if (!input) return;
    // Text that was shown is ordinary text to a browser: it would go into its file of open windows, to be filled in again after a crash.
    input.dataset.autocomplete ??= input.autocomplete;
    input.autocomplete = show ? "off" : input.dataset.autocomplete;
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  }
  function clearPassword(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    if (!input) return;
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  }

  // Rules under a new password: ticked while one types, never said aloud, and nothing typed leaves the page for it.
  function showRules() {
    for (const rule of document.querySelectorAll("[data-rule-for]")) {
      const { ruleFor, ruleLeast, ruleSame, ruleDiffers } = rule.dataset;
      const value = document.getElementById(ruleFor)?.value ?? "";
      const other = document.getElementById(ruleSame ?? ruleDiffers ?? "")?.value ?? "";
      const met = ruleLeast ? Math.min([...value].length, [...value.normalize("NFKC")].length) >= Number(ruleLeast)
        : ruleSame ? value !== "" && value === other
        : value !== "" && value !== other;
      rule.classList.toggle("is-met", met);
    }
  }
  for (const event of ["input", "change", "focusin"]) document.addEventListener(event, showRules);

  // ---- focus ---------------------------------------------------------------------------------------------------
  function focusOn(id) {
    const el = document.getElementById(id);
    if (!el) return false;
    el.focus();
    el.scrollIntoView({ block: "nearest" });
    return true;
  }

  // ---- copy ----------------------------------------------------------------------------------------------------
  async function copy(button) {
    const said = document.getElementById(button.dataset.copied);
    if (said) said.textContent = "";
    await navigator.clipboard.writeText(button.dataset.copy);
    if (said) said.textContent = said.dataset.words;
  }

  // ---- 画面を探す -----------------------------------------------------------------------------------------------
  const jump = () => document.querySelector("dialog[data-jump]");
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const found = () => [...jump().querySelectorAll("[role=option]:not([hidden])")];
  function choose(option) {
    for (const other of jump().querySelectorAll("[role=option]")) other.setAttribute("aria-selected", String(other === option));
    const input = document.getElementById("jump-input");
    if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  }
  function narrow() {
    const words = plain(document.getElementById("jump-input").value).split(/\s+/).filter(Boolean);
    for (const option of jump().querySelectorAll("[role=option]")) {
      const text = plain(option.dataset.find);
      option.hidden = !words.every((word) => text.includes(word));
    }
    const options = found();
    const status = jump().querySelector("[data-jump-status]");
    status.textContent = options.length === 0 ? status.dataset.none : status.dataset.count.replace("{0}", options.length);
    jump().querySelector("[data-jump-none]").hidden = options.length > 0;
    choose(words.length > 0 ? options[0] : undefined);
  }
  function openJump() {
    if (!jump() || document.querySelector("dialog[open]")) return;
    const input = document.getElementById("jump-input");
    input.value = "";
    narrow();
    jump().showModal();
    input.focus();
  }
  function go(option) {
    jump().close();
    if (window.Blazor?.navigateTo) window.Blazor.navigateTo(option.dataset.href);
    else location.assign(option.dataset.href);
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && jump()) {
      event.preventDefault();
      openJump();
      return;
    }
    // The Enter that ends a conversion of kana is not the one that goes.
    if (event.target.id !== "jump-input" || event.isComposing) return;
    const options = found();
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(options[(at + 1) % options.length]);
    else if (event.key === "ArrowUp") choose(options[at <= 0 ? options.length - 1 : at - 1]);
    else if (event.key === "Enter" && options[at]) go(options[at]);
    else return;
    event.preventDefault();
  });
  document.addEventListener("input", (event) => { if (event.target.id === "jump-input") narrow(); });

  // ---- a row that is picked by a click anywhere in it ----------------------------------------------------------
  function pick(row) {
    const radio = row.querySelector("input[type=radio]:enabled:not(:checked)");
    // Who marks an ID to copy it picks nobody.
    if (radio && getSelection().isCollapsed) radio.click();
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const hit = (selector) => event.target.closest(selector);
    let el;
    if ((el = hit("[data-focus]"))) { if (focusOn(el.dataset.focus)) event.preventDefault(); }
    else if ((el = hit("[data-text-size-set]"))) setTextSize(el.dataset.textSizeSet);
    else if ((el = hit("[data-pw-show]"))) showPassword(el, el.getAttribute("aria-pressed") !== "true");
    else if ((el = hit("[data-pw-clear]"))) clearPassword(el);
    else if (hit("[data-print]")) window.print();
    else if ((el = hit("[data-copy]"))) copy(el);
    else if (hit("[data-jump-open]")) openJump();
    else if (hit("[data-jump-close]") || event.target.matches("dialog[data-jump]")) jump()?.close();
    else if ((el = hit("[data-jump] [role=option]"))) go(el);
    else if (hit("[data-reload]")) { event.preventDefault(); location.reload(); }
    else if ((el = hit("tbody tr"))) pick(el);
    // Before Blazor's own listener, which leaves alone what is already prevented.
  }, true);

  // ---- second click --------------------------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Before its circuit stands, a page cannot act on a form: sending it would only lose what was typed.
    if (form.closest("main:not([data-ready=true])")) { event.preventDefault(); return; }
    // A password leaves the page hidden again, so that no browser remembers it as ordinary text.
    for (const button of form.querySelectorAll("[data-pw-show][aria-pressed=true]")) showPassword(button, false);
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "true";
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy;
    }
  });

  // A page from the browser's memory shows what was true then.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- a lost circuit (R20) ------------------------------------------------------------------------------------
  function cover() { root.classList.add("is-covered"); }
  function uncover() { root.classList.remove("is-covered"); }

  async function reloadWhenServed() {
    try {
      const answer = await fetch(location.origin + "/densai.css", { method: "HEAD", cache: "no-store" });
      if (answer.ok) { location.reload(); return; }
    } catch { /* the server is still away */ }
    setTimeout(reloadWhenServed, 3000);
  }

  // Blazor takes the refusal of a session that is over for a line that is still down, and would go on trying. A request of the circuits'
  // own kind is no sign of a person, so asking keeps no session alive.
  let asking = 0;
  async function reloadWhenOver() {
    clearTimeout(asking);
    if (!dialog.open) return;
    try {
      const answer = await fetch(location.origin + "/_blazor/initializers", { cache: "no-store", redirect: "manual" });
      if (answer.status === 401 || answer.status === 403) { location.reload(); return; }
    } catch { /* the server is still away */ }
    clearTimeout(asking);
    asking = setTimeout(reloadWhenOver, 3000);
  }

  const dialog = document.getElementById("components-reconnect-modal");
  dialog?.addEventListener("cancel", (event) => event.preventDefault());
  dialog?.addEventListener("components-reconnect-state-changed", (event) => {
    switch (event.detail.state) {
      case "show":
      case "retrying":
        cover();
        if (!dialog.open) dialog.showModal();
        reloadWhenOver();
        break;
      case "hide":
        dialog.close();
        uncover();
        break;
      case "failed":
        cover();
        if (!dialog.open) dialog.showModal();
        reloadWhenServed();
        break;
      default: // rejected, paused, resume-failed: the server no longer knows this page, or keeps nothing of it
        cover();
        location.reload();
    }
  });

  // ---- a session about to end ----------------------------------------------------------------------------------
  // The server draws the dialog and must not be told of its opening: an answer to the server counts as activity.
  let beforeModal = null;
  new MutationObserver(() => {
    const warning = document.querySelector("dialog[data-modal]");
    if (warning && !warning.open) {
      beforeModal = document.activeElement;
      // Escape is as good as the button: somebody is there.
      warning.addEventListener("cancel", (event) => { event.preventDefault(); warning.querySelector("[data-modal-default]")?.click(); });
      warning.showModal();
    } else if (!warning && beforeModal) {
      beforeModal.focus();
      beforeModal = null;
    }
  }).observe(document.body, { childList: true, subtree: true });

  const fault = document.getElementById("blazor-error-ui");
  if (fault) {
    // Blazor shows the element by its style when a circuit has died of an exception.
    new MutationObserver(() => {
      if (fault.style.display === "block") { cover(); fault.querySelector("a")?.focus(); }
    }).observe(fault, { attributes: true, attributeFilter: ["style"] });
  }

  tick();
  setInterval(tick, 1000);
  document.querySelector("[data-takes-focus]")?.focus();
})();
