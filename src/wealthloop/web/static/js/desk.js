// The desk: j and k walk the list; the live stream refreshes it, and what has just come is marked and told once.
"use strict";

const list = document.getElementById("cards");
const rows = () => [...list.querySelectorAll("[data-card]")];
const openId = () => document.querySelector("#card [data-open]")?.dataset.open;
let known = new Set(rows().map((row) => row.dataset.card));
const arrived = new Set();

function markOpen() {
  const open = openId();
  arrived.delete(open);
  for (const row of rows()) {
    if (row.dataset.card === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    row.classList.toggle("arrived", arrived.has(row.dataset.card));
  }
}

function noticeArrivals() {
  const fresh = rows().filter((row) => !known.has(row.dataset.card));
  for (const row of fresh) {
    arrived.add(row.dataset.card);
    known.add(row.dataset.card);
  }
  markOpen();
  if (!fresh.length) return;
  const words = fresh.length === 1 ? list.dataset.arrivedOne : list.dataset.arrivedMore;
  document.getElementById("arrived").textContent = `${fresh.length} ${words}`;
  if (!openId()) fresh[0].click();
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.dataset.card === openId());
  const next = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (next.dataset.card === openId()) return;
  next.scrollIntoView({ block: "nearest" });
  next.click();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!switchedOn() || writes(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "cards") noticeArrivals();
  else if (event.target.id === "card") markOpen();
});
