/* Progressive enhancement of the portal. Every page works without this file; nothing here decides anything. */
(() => {
  "use strict";

  const DAY_MS = 86400000;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, selector, handler, options) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element ? event.target.closest(selector) : null;
      if (element) handler(element, event);
    }, options);

  /* --- photos fade in over their blur --------------------------------------------------------------------------- */

  const showPhoto = (image) => image.setAttribute("data-loaded", "");
  document.addEventListener("load", (event) => {
    if (event.target instanceof HTMLImageElement) showPhoto(event.target);
  }, true);
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) event.target.removeAttribute("data-loaded");
  }, true);

  /* --- menus and sheets close on Escape and on a press outside ------------------------------------------------- */

  const closeDetails = (details, focus) => {
    details.open = false;
    if (focus) details.querySelector("summary").focus();
  };
  document.addEventListener("click", (event) => {
    for (const details of all("details[open][data-menu], details[open][data-sheet]")) {
      const panel = details.querySelector(".filters__panel");
      const isOutside = !details.contains(event.target) || (panel && event.target === details);
      if (isOutside) closeDetails(details, false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const details of all("details[open][data-menu], details[open][data-sheet]")) closeDetails(details, true);
  });
  on("click", "[data-sheet-close]", (button) => closeDetails(button.closest("[data-sheet]"), true));
  on("click", "[data-dismiss]", (button) => button.closest(".notice").remove());

  /* --- dates: check-out follows check-in; empty fields stay out of addresses ------------------------------------ */

  const addDays = (iso, days) => new Date(Date.parse(iso) + days * DAY_MS).toISOString().slice(0, 10);
  document.addEventListener("change", (event) => {
    const checkIn = event.target;
    if (!(checkIn instanceof HTMLInputElement) || checkIn.dataset.stay !== "check-in" || !checkIn.value) return;
    const checkOut = checkIn.form.querySelector('[data-stay="check-out"]');
    const next = addDays(checkIn.value, 1);
    checkOut.min = next;
    if (!checkOut.value || checkOut.value < next) checkOut.value = next;
  }, true);
  on("change", "[data-city-form] select[name=city]", (select) => {
    select.form.action = select.selectedOptions[0].dataset.url;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-stay-form]") || form.hasAttribute("hx-get")) return;
    const city = form.elements.namedItem("city");
    if (city) {
      form.action = city.selectedOptions[0].dataset.url;
      city.disabled = true;
    }
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const field of all("[data-stay-form] :disabled")) field.disabled = false;
  });

  /* --- htmx ------------------------------------------------------------------------------------------------------ */

  document.addEventListener("htmx:config:request", (event) => {
    const { request, sourceElement } = event.detail.ctx;
    if (!sourceElement.matches("[data-stay-form]")) return;
    for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
  });
  /* What asks by itself rests while nobody looks: a message in a hidden tab is not read. */
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.detail.ctx.sourceElement.matches("[data-while-visible]")) event.preventDefault();
  });
  document.addEventListener("htmx:error", (event) => {
    if (!event.detail.ctx) return;
    const notices = document.getElementById("notices");
    notices.replaceChildren(document.getElementById("offline-notice").content.cloneNode(true));
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const goal = document.getElementById(event.detail.ctx.sourceElement.dataset?.focus ?? "");
    if (goal) {
      goal.focus({ preventScroll: true });
      goal.scrollIntoView({ block: "start", behavior: "instant" });
    }
    enhance();
  });
  on("change", "#search-form", (form) => {
    const count = form.querySelector("[data-filters-count]");
    const panel = form.querySelector(".filters__panel");
    const hasPrice = all("#price-from, #price-to", panel).some((field) => field.value.trim());
    const chosen = all("input:checked", panel).filter((choice) => choice.value).length + (hasPrice ? 1 : 0);
    count.textContent = chosen;
    count.hidden = !chosen;
  });

  /* Numbers beside the filters are asked for while the sheet is open, and again after each choice. */
  const askForCounts = () => {
    document.querySelector("[data-sheet][open] [data-filter-counts]")?.dispatchEvent(new CustomEvent("counts"));
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("[data-sheet][open]")) askForCounts();
  }, true);
  on("change", "#search-form", askForCounts);

  /* --- calendar: one tab stop, arrows move by day and week, Home and End to the ends of the week ----------------- */

  const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const dayLinks = () => all("[data-calendar] a[data-date]");
  const setTabStop = (links, current) => links.forEach((link) => { link.tabIndex = link === current ? 0 : -1; });

  document.addEventListener("keydown", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-calendar] a[data-date]");
    if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = dayLinks();
    const here = links.indexOf(link);
    let goal = null;
    if (event.key in ARROWS) {
      const step = ARROWS[event.key];
      const wanted = addDays(link.dataset.date, step);
      goal = step > 0
        ? links.find((other) => other.dataset.date >= wanted) ?? links.at(-1)
        : links.findLast((other) => other.dataset.date <= wanted) ?? links[0];
    } else if (event.key === "Home" || event.key === "End") {
      const week = all("a[data-date]", link.closest("tr"));
      goal = event.key === "Home" ? week[0] : week.at(-1);
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      const button = document.getElementById(event.key === "PageUp" ? "months-prev" : "months-next");
      event.preventDefault();
      button?.click();
      return;
    } else if (event.key === " ") {
      event.preventDefault();
      link.click();
      return;
    }
    if (!goal) return;
    event.preventDefault();
    setTabStop(links, goal);
    if (links.indexOf(goal) !== here) goal.focus();
  });

  const prepareCalendar = () => {
    const links = dayLinks();
    if (!links.length) return;
    const focused = links.find((link) => link === document.activeElement);
    const chosen = links.find((link) => link.hasAttribute("aria-current"));
    setTabStop(links, focused ?? chosen ?? links[0]);
  };

  /* --- gallery --------------------------------------------------------------------------------------------------- */

  let shown = 0;
  const lightboxOf = (gallery) => gallery.querySelector("[data-lightbox]");
  const showInLightbox = (gallery, index) => {
    const links = all("[data-photo]", gallery);
    shown = (index + links.length) % links.length;
    const link = links[shown];
    const image = new Image(Number(link.dataset.width), Number(link.dataset.height));
    image.alt = link.querySelector("img:not(.photo__blur)").alt;
    image.src = link.href;
    gallery.querySelector("[data-lightbox-stage]").replaceChildren(image);
    const status = gallery.querySelector("[data-lightbox-status]");
    status.textContent = status.dataset.template.replace("{n}", shown + 1).replace("{total}", links.length);
    if (links.length > 1) new Image().src = links[(shown + 1) % links.length].href;
  };
  const openLightbox = (gallery, index) => {
    showInLightbox(gallery, index);
    lightboxOf(gallery).showModal();
  };
  on("click", "[data-photo]", (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const gallery = link.closest("[data-gallery]");
    openLightbox(gallery, all("[data-photo]", gallery).indexOf(link));
  });
  on("click", "[data-gallery-open]", (button) => openLightbox(button.closest("[data-gallery]"), 0));
  on("click", "[data-lightbox-close]", (button) => button.closest("dialog").close());
  on("click", "[data-lightbox-step]", (button) =>
    showInLightbox(button.closest("[data-gallery]"), shown + Number(button.dataset.lightboxStep)));
  on("keydown", "[data-lightbox]", (dialog, event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) showInLightbox(dialog.closest("[data-gallery]"), shown + step);
  });
  let swipeFrom = null;
  on("pointerdown", "[data-lightbox-stage]", (_stage, event) => { swipeFrom = event.clientX; });
  on("pointerup", "[data-lightbox-stage]", (stage, event) => {
    const moved = swipeFrom === null ? 0 : event.clientX - swipeFrom;
    swipeFrom = null;
    if (Math.abs(moved) > 48) showInLightbox(stage.closest("[data-gallery]"), shown - Math.sign(moved));
  });
  document.addEventListener("scroll", (event) => {
    const strip = event.target;
    if (!(strip instanceof Element) || !strip.matches("[data-strip]")) return;
    const number = Math.round(strip.scrollLeft / strip.clientWidth) + 1;
    strip.closest("[data-gallery]").querySelector("[data-strip-number]").textContent = number;
  }, { capture: true, passive: true });

  /* --- countdown of a hold --------------------------------------------------------------------------------------- */

  const tick = () => {
    for (const timer of all("[data-expires-at]")) {
      const left = Math.max(0, Math.round((Date.parse(timer.dataset.expiresAt) - Date.now()) / 1000));
      const minutes = Math.floor(left / 60);
      const clock = `${minutes}:${String(left % 60).padStart(2, "0")}`;
      const face = timer.querySelector("[data-clock]");
      if (face.textContent !== clock) face.textContent = clock;
      const bar = timer.querySelector("progress");
      if (bar) bar.value = left;
      timer.classList.toggle("is-short", left < 120);
      const spoken = timer.querySelector("[data-spoken]");
      const words = spoken.dataset.template.replace("{n}", Math.max(1, Math.ceil(left / 60)));
      if (left % 60 === 0 && spoken.textContent !== words) spoken.textContent = words;
    }
  };

  /* --- copy a code ----------------------------------------------------------------------------------------------- */

  on("click", "[data-copy]", async (button) => {
    const label = button.querySelector("[data-copy-label]");
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.getElementById(button.getAttribute("aria-describedby")));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (!document.execCommand("copy")) return;
    }
    label.textContent = button.dataset.copied;
    button.classList.add("is-done");
    setTimeout(() => {
      label.textContent = before;
      button.classList.remove("is-done");
    }, 2000);
  });

  /* --- phone and one-time code ----------------------------------------------------------------------------------- */

  const formatPhone = (text) => {
    let digits = text.replace(/\D/g, "");
    if (digits.startsWith("8") && digits.length > 1) digits = `7${digits.slice(1)}`;
    else if (!text.trim().startsWith("+") && /^7\d{9}$/.test(digits)) digits = `7${digits}`;
    if (!digits.startsWith("7") || digits.length > 11) return text;
    const parts = [digits.slice(1, 4), digits.slice(4, 7), digits.slice(7, 9), digits.slice(9, 11)];
    return `+7 ${parts.filter(Boolean).join(" ")}`.trimEnd();
  };
  const tidyPhone = (input) => { input.value = formatPhone(input.value); };
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    if (field.matches("[data-phone]")) {
      const isTypingAtEnd = field.selectionStart === field.value.length;
      if (isTypingAtEnd && !event.inputType?.startsWith("delete") && /\d$/.test(field.value)) tidyPhone(field);
    } else if (field.matches("[data-one-time-code]")) {
      const digits = field.value.replace(/\D/g, "").slice(0, 6);
      if (digits !== field.value) field.value = digits;
      if (digits.length === 6 && !field.form.dataset.sent) {
        field.form.dataset.sent = "true";
        field.form.requestSubmit();
      }
    }
  });
  on("focusout", "[data-phone]", tidyPhone);

  /* A code may be asked for again only later: the button says when and wakes up by itself. */
  const wakeResend = () => {
    for (const button of all("[data-resend-at]")) {
      const left = Math.ceil((Date.parse(button.dataset.resendAt) - Date.now()) / 1000);
      button.disabled = left > 0;
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      button.textContent = left > 0 ? button.dataset.wait.replace("{n}", clock) : button.dataset.ready;
    }
  };

  /* Enter in a field with a button of its own presses that one, not the form's first. */
  on("keydown", "[data-enter]", (field, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.getElementById(field.dataset.enter)?.click();
  });

  /* A form that was sent is not sent twice. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.busy) event.preventDefault();
    form.dataset.busy = "true";
  });
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-busy], form[data-sent]")) {
      delete form.dataset.busy;
      delete form.dataset.sent;
    }
  });

  const enhance = () => {
    for (const image of all(".photo img")) if (image.complete && image.naturalWidth) showPhoto(image);
    prepareCalendar();
    tick();
    wakeResend();
  };

  enhance();
  setInterval(() => {
    tick();
    wakeResend();
  }, 1000);
})();
