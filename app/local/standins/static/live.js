// Keeps the parts marked data-live fresh, and copies codes. Without it the page reloads itself by a meta refresh.
"use strict";

const EVERY_MS = 1500;

function showCopyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

function isSelecting() {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed;
}

async function refresh() {
  if (document.hidden || isSelecting()) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.dataset.seen) {
      part.dataset.seen = next.innerHTML;
      part.innerHTML = next.innerHTML;
    }
  }
  showCopyButtons();
}

async function keepFresh() {
  try {
    await refresh();
  } catch (error) {
    console.info("the stand-ins do not answer; trying again", error);
  }
  setTimeout(keepFresh, EVERY_MS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Скопировано";
});

for (const part of document.querySelectorAll("[data-live]")) part.dataset.seen = part.innerHTML;
if (navigator.clipboard) showCopyButtons();
setTimeout(keepFresh, EVERY_MS);
