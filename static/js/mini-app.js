/* Our page inside Telegram: what Telegram put behind the # proves who opened it, and a form of ours hands it over. */
(() => {
  "use strict";

  const form = document.querySelector("[data-mini-app]");
  const data = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
  if (!form || !data) return;
  history.replaceState(null, "", location.pathname); // a proof is not left in the address
  form.elements.namedItem("init_data").value = data;
  form.hidden = false;
  document.querySelector("[data-mini-app-wait]").hidden = true;
  form.requestSubmit();
})();
