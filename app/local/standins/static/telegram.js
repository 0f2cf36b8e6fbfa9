// The chat: sends what is pressed or typed without leaving the page, and keeps the parts marked data-live fresh.
// Without it every form reloads the page.
"use strict";

const EVERY_MS = 700;
const SOON_MS = [120, 350];
const feed = document.getElementById("scroll");
const text = document.getElementById("text");
const seen = new Map();
let tag = null;

function isAtTheEnd() {
  return feed.scrollHeight - feed.scrollTop - feed.clientHeight < 120;
}

function scrollToEnd() {
  feed.scrollTop = feed.scrollHeight;
}

function show(page) {
  const wasAtTheEnd = isAtTheEnd();
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (next && next.innerHTML !== seen.get(part.id)) {
      seen.set(part.id, next.innerHTML);
      part.innerHTML = next.innerHTML;
    }
  }
  if (wasAtTheEnd) scrollToEnd();
}

async function refresh() {
  const headers = tag ? { "If-None-Match": tag } : {};
  const response = await fetch(location.href, { headers, cache: "no-store" });
  if (response.status === 304 || !response.ok) return;
  tag = response.headers.get("ETag");
  show(new DOMParser().parseFromString(await response.text(), "text/html"));
}

async function tryRefresh() {
  try {
    await refresh();
  } catch (error) {
    console.info("the stand-ins do not answer; trying again", error);
  }
}

async function keepFresh() {
  if (!document.hidden) await tryRefresh();
  setTimeout(keepFresh, EVERY_MS);
}

async function send(form, button) {
  const body = new FormData(form);
  if (button && button.name) body.set(button.name, button.value);
  if (button && button.name === "press") button.classList.add("is-waiting");
  if (new URLSearchParams(location.search).has("start")) history.replaceState(null, "", location.pathname);
  const response = await fetch(form.action, { method: "POST", body });
  if (!response.ok) return;
  tag = null;
  if (form.contains(text) && !(button && button.name)) {
    text.value = "";
    fit();
  } else if (form.closest("aside")) {
    form.reset();
  }
  for (const open of document.querySelectorAll("details[open]")) open.open = false;
  await tryRefresh();
  scrollToEnd();
  for (const pause of SOON_MS) setTimeout(tryRefresh, pause);
}

function fit() {
  text.rows = Math.min(5, text.value.split("\n").length);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || new URL(form.action).pathname !== location.pathname) return;
  event.preventDefault();
  send(form, event.submitter).catch((error) => console.info("not sent", error));
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button && navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
});

text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  text.form.requestSubmit();
});

feed.addEventListener("load", scrollToEnd, { capture: true, once: true });
for (const part of document.querySelectorAll("[data-live]")) seen.set(part.id, part.innerHTML);
scrollToEnd();
setTimeout(keepFresh, EVERY_MS);
