// Single keys, on every page; they can be switched off (WCAG 2.1.4) and never work while somebody writes.
"use strict";

const switchedOn = () => localStorage.getItem("single-keys") !== "off";

const writes = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function press(key) {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!button) return false;
  button.click();
  const form = button.closest("details[open]")?.querySelector("input:not([type=hidden])");
  if (form) form.focus();
  return true;
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

function find() {
  const field = document.getElementById("find");
  if (field) field.focus();
  return Boolean(field);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const form = document.querySelector("details.asks[open]");
    if (form) {
      form.open = false;
      form.querySelector("summary").focus();
    } else if (document.activeElement?.id === "find") document.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!switchedOn() || writes(event.target) || document.querySelector("dialog[open]")) return;
  const done = event.key === "/" ? find() : event.key === "?" ? openDialog("keys") : press(event.key);
  if (done) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(opener.dataset.opens);
});

const box = document.getElementById("keys-on");
if (box) {
  box.checked = switchedOn();
  box.addEventListener("change", () => localStorage.setItem("single-keys", box.checked ? "on" : "off"));
}
