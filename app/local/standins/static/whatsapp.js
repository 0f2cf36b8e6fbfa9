// The chat keeps itself fresh and sends without a new page. Without it forms work as forms, and the page reloads itself.
"use strict";

const EVERY_MS = 700;
const ground = document.getElementById("wa-ground");
const composer = document.getElementById("wa-composer");
let follows = true;

function isBusy() {
  const selection = document.getSelection();
  return document.querySelector(".wa-list[open]") !== null || (selection !== null && !selection.isCollapsed);
}

function isAtEnd() {
  return ground === null || ground.scrollHeight - ground.scrollTop - ground.clientHeight < 80;
}

function toEnd() {
  if (ground !== null) ground.scrollTop = ground.scrollHeight;
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-wa-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.dataset.seen) {
      part.dataset.seen = next.innerHTML;
      part.innerHTML = next.innerHTML;
    }
  }
  if (follows) toEnd();
  return fresh;
}

async function refresh() {
  if (document.hidden || isBusy()) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (response.ok && !isBusy()) show(await response.text());
}

async function keepFresh() {
  try {
    await refresh();
  } catch (error) {
    console.info("the stand-ins do not answer; trying again", error);
  }
  setTimeout(keepFresh, EVERY_MS);
}

function emptyComposer() {
  composer.reset();
  composer.elements.text.value = "";
  grow();
  composer.elements.text.focus();
}

function grow() {
  const text = composer.elements.text;
  text.rows = Math.min(6, text.value.split("\n").length);
}

async function send(form, submitter) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
  for (const open of document.querySelectorAll("details[open]")) open.open = false;
  const fresh = show(await response.text());
  const trouble = fresh.getElementById("wa-trouble");
  document.getElementById("wa-trouble").replaceChildren(...trouble.childNodes);
  const isRefused = document.getElementById("wa-trouble").childElementCount > 0;
  if (form === composer && !isRefused) emptyComposer();
  toEnd();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-wa-send]")) return;
  event.preventDefault();
  const isEmpty = form === composer && !form.elements.text.value.trim() && form.elements.file.files.length === 0;
  if (!isEmpty) send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.wa-menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const open of document.querySelectorAll("details[open]")) open.open = false;
});

if (composer !== null) {
  composer.elements.text.addEventListener("input", grow);
  composer.elements.text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  composer.elements.file.addEventListener("change", () => composer.requestSubmit());
  grow();
}
for (const part of document.querySelectorAll("[data-wa-live]")) part.dataset.seen = part.innerHTML;
if (ground !== null) ground.addEventListener("scroll", () => { follows = isAtEnd(); });
document.addEventListener("load", (event) => { if (follows && event.target.matches(".wa-picture img")) toEnd(); }, true);
toEnd();
setTimeout(keepFresh, EVERY_MS);
